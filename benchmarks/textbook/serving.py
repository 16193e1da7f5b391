"""The textbook's chat service, as LangChain's tutorials put it together: splitter, FAISS store, a prompt with the
history out of Redis, ChatOpenAI, and FastAPI around it.

    UPSTREAM=http://127.0.0.1:9000/v1 REDIS_URL=redis://… python benchmarks/textbook/serving.py TEXTS.jsonl PORT
"""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import AsyncIterator
from operator import itemgetter
from pathlib import Path

warnings.filterwarnings("ignore")

import uvicorn  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from fastapi.responses import StreamingResponse  # noqa: E402
from langchain_community.chat_message_histories import RedisChatMessageHistory  # noqa: E402
from langchain_community.vectorstores import FAISS  # noqa: E402
from langchain_core.documents import Document  # noqa: E402
from langchain_core.output_parsers import StrOutputParser  # noqa: E402
from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder  # noqa: E402
from langchain_core.runnables import Runnable, RunnablePassthrough  # noqa: E402
from langchain_core.runnables.history import RunnableWithMessageHistory  # noqa: E402
from langchain_openai import ChatOpenAI, OpenAIEmbeddings  # noqa: E402
from langchain_text_splitters import RecursiveCharacterTextSplitter  # noqa: E402
from pydantic import BaseModel  # noqa: E402

SYSTEM = "You answer the customers of a shop. Use nothing but this context:\n\n{context}"


class Question(BaseModel):
    """What a customer asks."""

    session_id: str
    message: str


def chain_over(texts: list[str], upstream: str, redis: str) -> Runnable:
    """The chain of the tutorials: retrieve, fill the prompt, ask, and keep the history."""
    common = {"base_url": upstream, "api_key": "none", "model": "fixed"}
    splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
    embeddings = OpenAIEmbeddings(**common, check_embedding_ctx_length=False)  # else it fetches a table of tokens
    documents = splitter.split_documents([Document(text) for text in texts])
    retriever = FAISS.from_documents(documents, embeddings).as_retriever()
    prompt = ChatPromptTemplate.from_messages(
        [("system", SYSTEM), MessagesPlaceholder("history"), ("human", "{question}")]
    )
    context = itemgetter("question") | retriever | (lambda found: "\n\n".join(one.page_content for one in found))
    chain = (
        RunnablePassthrough.assign(context=context) | prompt | ChatOpenAI(**common, streaming=True) | StrOutputParser()
    )
    return RunnableWithMessageHistory(
        chain,
        lambda session: RedisChatMessageHistory(session, url=redis, ttl=3600),
        input_messages_key="question",
        history_messages_key="history",
    )


def main() -> None:
    texts = [json.loads(line) for line in Path(sys.argv[1]).read_text("utf-8").splitlines()]
    chat = chain_over(texts, os.environ["UPSTREAM"], os.environ["REDIS_URL"])
    app = FastAPI()

    @app.post("/api/chat")
    async def ask(question: Question) -> StreamingResponse:
        config = {"configurable": {"session_id": question.session_id}}

        async def events() -> AsyncIterator[str]:
            async for words in chat.astream({"question": question.message}, config=config):
                yield f"data: {json.dumps({'delta': words})}\n\n"
            yield "data: [DONE]\n\n"

        return StreamingResponse(events(), media_type="text/event-stream")

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
