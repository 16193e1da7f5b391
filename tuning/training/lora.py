"""python -m tuning.training.lora FOLDER: trains a LoRA adapter, on CPU or GPU, which can be killed at any moment.

Low-rank adaptation (Hu et al., arXiv 2106.09685) of the attention's projections, by peft. The loss counts the answers'
tokens only. After each evaluation on the validation rows, and every few steps, all that the next step needs is on disk;
every step draws its chance from its own number, so that a run that was interrupted goes on as if it had not been.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import filelock

from knowledge.errors import CannotWrite
from knowledge.files import replacing
from tuning.training import base_models
from tuning.training.jobs import Job, Jobs, Point, parsed
from tuning.training.local_trainer import ENDED, RUNS, STOP

EPOCHS, BATCH, RATE = 3, 4, 2e-4
RANK, DROPOUT = 8, 0.05
ALPHA = 2  # times the rank
LONGEST = 1024  # tokens of a row; longer ones lose the beginning of their prompt
TARGETS = ("q_proj", "k_proj", "v_proj", "o_proj")
EVALUATIONS = 8  # during a run, at least, and once an epoch
PATIENCE = 3  # evaluations without a better validation loss, then it stops; 0: it goes on to the end
BETTER = 1e-3  # of the validation loss: less is no progress
KEEP_EVERY = 25  # steps
WARM_UP = 0.05  # of all steps
IGNORED = -100  # the label of tokens that are not learnt


@dataclass(frozen=True, slots=True)
class Encoded:
    """One row as tokens."""

    tokens: list[int]
    labels: list[int]
    cut: bool = False  # it is longer than what is trained on


@dataclass(slots=True)
class Progress:
    """What a run knows beside its tensors."""

    step: int = 0
    best: float = math.inf
    best_step: int = 0
    worse: int = 0  # evaluations since the best one
    tokens: int = 0  # trained so far


def main(arguments: Sequence[str]) -> int:
    """Train the job in a folder until it ends, however it ends."""
    folder = Path(arguments[0])
    with filelock.FileLock(folder / RUNS, timeout=0):
        job = parsed((folder / "job.json").read_text("utf-8"))
        try:
            ended = Training(job, folder).run()
        except (ValueError, OSError, KeyError, RuntimeError, CannotWrite) as error:
            ended = {"state": "failed", "message": f"{type(error).__name__}: {error}"}
        with replacing(folder / ENDED) as file:
            file.write(json.dumps(ended, ensure_ascii=False).encode())
    return 0 if ended["state"] != "failed" else 1


class Training:
    """One run."""

    def __init__(self, job: Job, folder: Path) -> None:
        import torch

        self._torch = torch
        self._job, self._folder = job, folder
        self._store = Jobs(folder.parents[2])
        order, options = job.order, job.order.options
        self._epochs, self._batch = order.epochs or EPOCHS, order.batch_size or BATCH
        self._rate, self._seed = order.learning_rate or RATE, order.seed
        self._patience = int(options.get("patience", PATIENCE))
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        torch.manual_seed(self._seed)
        self._model, self._tokenizer = load(order.model, self._device)
        self._model = adapted(self._model, int(options.get("rank", RANK)))
        self._trained = {name: value for name, value in self._model.named_parameters() if value.requires_grad}
        self._optimizer = torch.optim.AdamW(self._trained.values(), lr=self._rate, weight_decay=0.0)
        rows = Path(order.dataset)
        self._rows = encoded(rows / "train.jsonl", self._tokenizer)
        self._validation = encoded(rows / "validation.jsonl", self._tokenizer)
        if not self._rows:
            raise ValueError(f"{rows} holds no training rows.")
        self._cut = cut_rows(self._rows)
        if self._cut and "cut" not in dict(self._store.events(job.id)):
            self._store.add_events(job.id, [("cut", self._cut)])

    def run(self) -> dict[str, Any]:
        """Train to the end; gives what is written down last."""
        per_epoch = math.ceil(len(self._rows) / self._batch)
        total = per_epoch * self._epochs
        every = max(1, min(per_epoch, total // EVALUATIONS))
        progress = self._resumed()
        if progress.step == 0 and self._validation:
            self._store.add_points(self._job.id, [Point(0, None, self._validated())])
        while progress.step < total:
            if (self._folder / STOP).exists():
                return {"state": "cancelled", "message": f"Cancelled at step {progress.step} of {total}."}
            loss = self._step(progress, total, self._batch_of(progress.step, per_epoch))
            evaluates = bool(self._validation) and (progress.step % every == 0 or progress.step == total)
            validation = self._validated() if evaluates else None
            self._store.add_points(self._job.id, [Point(progress.step, loss, validation)])
            if validation is not None and self._is_worse(progress, validation):
                break
            if evaluates or progress.step % KEEP_EVERY == 0:
                self._keep(progress)
        if not self._validation:
            self._save_best(progress)
        parameters = sum(value.numel() for value in self._trained.values())
        stopped = f" and was stopped at {progress.step} of {total}" if progress.step < total else ""
        return {
            "state": "succeeded",
            "message": f"{parameters:,} parameters; best at step {progress.best_step}{stopped}. {self._cut}".strip(),
            "adapter": str(self._folder / "adapter"),
            "trained_tokens": progress.tokens,
        }

    def _batch_of(self, step: int, per_epoch: int) -> list[Encoded]:
        epoch, place = divmod(step, per_epoch)
        order = list(range(len(self._rows)))
        random.Random(f"{self._seed} {epoch}").shuffle(order)  # noqa: S311 - a repeatable order, not secrecy
        return [self._rows[number] for number in order[place * self._batch : (place + 1) * self._batch]]

    def _step(self, progress: Progress, total: int, rows: Sequence[Encoded]) -> float:
        self._torch.manual_seed(self._seed * 1_000_003 + progress.step)
        warm = max(1, round(WARM_UP * total))
        part = (progress.step + 1) / warm if progress.step < warm else 1.0
        if progress.step >= warm:
            part = 0.5 * (1 + math.cos(math.pi * (progress.step - warm) / max(1, total - warm)))
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * part
        self._model.train()
        loss = self._loss(rows)
        loss.backward()
        self._torch.nn.utils.clip_grad_norm_(list(self._trained.values()), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()
        progress.step += 1
        progress.tokens += sum(len(row.tokens) for row in rows)
        return float(loss.item())

    def _validated(self) -> float:
        """The mean loss of an answer's token over all validation rows."""
        self._model.eval()
        total, count = 0.0, 0
        with self._torch.no_grad():
            for start in range(0, len(self._validation), self._batch):
                rows = self._validation[start : start + self._batch]
                learnt = sum(label != IGNORED for row in rows for label in row.labels)
                total += float(self._loss(rows).item()) * learnt
                count += learnt
        return total / max(1, count)

    def _loss(self, rows: Sequence[Encoded]) -> Any:
        width = max(len(row.tokens) for row in rows)
        pad = self._tokenizer.pad_token_id or 0
        tokens = [row.tokens + [pad] * (width - len(row.tokens)) for row in rows]
        labels = [row.labels + [IGNORED] * (width - len(row.labels)) for row in rows]
        seen = [[1] * len(row.tokens) + [0] * (width - len(row.tokens)) for row in rows]
        made = [self._torch.tensor(each, device=self._device) for each in (tokens, seen, labels)]
        # Words are guessed only from where the first answer begins: the vocabulary is a large part of a small model.
        first = max(1, min(row.labels.count(IGNORED) for row in rows)) - 1
        answers = made[2][:, first + 1 :]
        logits = self._model(input_ids=made[0], attention_mask=made[1], logits_to_keep=width - first).logits[:, :-1]
        return self._torch.nn.functional.cross_entropy(
            logits.float().reshape(-1, logits.shape[-1]), answers.reshape(-1), ignore_index=IGNORED
        )

    def _is_worse(self, progress: Progress, validation: float) -> bool:
        """Note a measurement; True when it has not become better for too long."""
        if validation < progress.best - BETTER:
            progress.best, progress.best_step, progress.worse = validation, progress.step, 0
            self._save_best(progress)
            return False
        progress.worse += 1
        return 0 < self._patience <= progress.worse

    def _save_best(self, progress: Progress) -> None:
        progress.best_step = progress.step
        whole = self._folder / "adapter.new"
        self._model.save_pretrained(whole)
        for path in whole.iterdir():
            (self._folder / "adapter").mkdir(exist_ok=True)
            path.replace(self._folder / "adapter" / path.name)
        whole.rmdir()

    def _keep(self, progress: Progress) -> None:
        """All that the next step needs, as tensors and numbers: nothing that runs when it is loaded."""
        from safetensors.torch import save

        tensors = {f"weight/{name}": value.detach() for name, value in self._trained.items()}
        for name, value in self._trained.items():
            for key, moment in self._optimizer.state[value].items():
                tensors[f"{key}/{name}"] = moment.detach()
        told = {"progress": json.dumps({name: getattr(progress, name) for name in Progress.__slots__})}
        with replacing(self._folder / "checkpoint.safetensors") as file:
            file.write(save(tensors, told))

    def _resumed(self) -> Progress:
        from safetensors import safe_open

        path = self._folder / "checkpoint.safetensors"
        if not path.exists():
            return Progress()
        with safe_open(str(path), "pt", device=self._device) as kept:
            for name, value in self._trained.items():
                value.data.copy_(kept.get_tensor(f"weight/{name}"))
            for key in kept.keys():  # noqa: SIM118 - it is no dictionary
                part, _, name = key.partition("/")
                if part != "weight":
                    self._optimizer.state[self._trained[name]][part] = kept.get_tensor(key)
            return Progress(**json.loads(kept.metadata()["progress"]))


def load(model: str, device: str) -> tuple[Any, Any]:
    """A base model and its tokenizer out of a folder, or out of a GGUF file (whose weights are unpacked)."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place = base_models.place(model)
    half = device == "cuda" and torch.cuda.is_bf16_supported()
    more: dict[str, Any] = {"gguf_file": place.name} if place.suffix == ".gguf" else {}
    folder = str(place.parent if more else place)
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, **more)
    loaded = AutoModelForCausalLM.from_pretrained(
        folder, dtype=torch.bfloat16 if half else torch.float32, local_files_only=True, **more
    )
    if tokenizer.chat_template is None:
        raise ValueError(f"{model} has no chat template: it is no model to talk to.")
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return loaded.to(device), tokenizer


def merge(model: str, adapter: Path, out: Path) -> None:
    """Write a base model with a trained adapter added to its weights, in Hugging Face's form, into a folder."""
    from peft import PeftModel

    loaded, tokenizer = load(model, "cpu")
    if getattr(loaded, "hf_quantizer", None) is not None:  # of a GGUF file; its weights are unpacked
        loaded.hf_quantizer = None
        del loaded.config.quantization_config
    PeftModel.from_pretrained(loaded, str(adapter)).merge_and_unload().save_pretrained(out)
    tokenizer.save_pretrained(out)


def adapted(model: Any, rank: int) -> Any:
    """The model with an adapter that is all that will be trained."""
    from peft import LoraConfig, get_peft_model

    wanted = LoraConfig(
        r=rank, lora_alpha=ALPHA * rank, lora_dropout=DROPOUT, target_modules=list(TARGETS), task_type="CAUSAL_LM"
    )
    return get_peft_model(model, wanted)


def encoded(path: Path, tokenizer: Any) -> list[Encoded]:
    """The rows of a file, by the model's own chat template; only the last answer is to be learnt."""
    return [_encode(messages, tokenizer) for messages in _conversations(path)]


def cut_rows(rows: Sequence[Encoded]) -> str:
    """What to tell of rows that are longer than what is trained on; nothing where none is."""
    cut = sum(row.cut for row in rows)
    if not cut:
        return ""
    return (
        f"{cut} of {len(rows)} rows are longer than {LONGEST} tokens of this model: of their prompts only the end was "
        "learnt from, without the rules that the counter sends."
    )


def _encode(messages: list[dict[str, str]], tokenizer: Any) -> Encoded:
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    prompt = tokenizer.apply_chat_template(messages[:-1], tokenize=False, add_generation_prompt=True)
    if not text.startswith(prompt):
        prompt = text[: text.rindex(messages[-1]["content"])]
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    after = tokenizer(text[len(prompt) :], add_special_tokens=False)["input_ids"]
    cut = len(before) + len(after) > LONGEST
    after = after[:LONGEST]
    before = before[max(0, len(before) + len(after) - LONGEST) :]
    return Encoded(before + after, [IGNORED] * len(before) + after, cut)


def _conversations(path: Path) -> Iterator[list[dict[str, str]]]:
    if path.exists():
        for line in path.read_text("utf-8").split("\n"):
            if line.strip():
                row = json.loads(line)
                if "messages" not in row:
                    raise ValueError(
                        f"{path} holds pairs of answers; the local trainer learns from rows with messages."
                    )
                yield row["messages"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
