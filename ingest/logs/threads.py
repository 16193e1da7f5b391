"""Tells the threads of a mailbox in which a company answered somebody, and which of the addresses are the company's.

An address is the company's where those who begin threads write to it and it, or another of its domain, answers most of
them, or where the mail program marks what it wrote as sent; so are others of its domain that begin no thread with it.
In the archive of a mailing list no address is: the list's own writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from email.utils import getaddresses

SENT = frozenset(("sent", "送信済み", "送信済みメール"))
MOSTLY = 0.5  # of the threads


@dataclass(frozen=True, slots=True)
class Head:
    """What the header fields of a mail tell of its place in a thread."""

    sender: str
    to: frozenset[str]
    id: str
    answers: tuple[str, ...]
    thread: str
    is_sent: bool

    @classmethod
    def of(cls, mail: Message) -> Head:
        """Read the header fields of a mail."""
        labels = {label.strip().lower() for label in str(mail.get("X-Gmail-Labels") or "").split(",")}
        return cls(
            next(iter(_addresses(mail, "From")), ""),
            frozenset(_addresses(mail, "To", "Cc", "Delivered-To", "X-Original-To")),
            str(mail.get("Message-ID") or "").strip(),
            tuple(f"{mail.get('References') or ''} {mail.get('In-Reply-To') or ''}".split()),
            str(mail.get("X-GM-THRID") or "").strip(),
            bool(labels & SENT),
        )


def support_threads(heads: Mapping[int, Head]) -> tuple[list[list[int]], frozenset[str]]:
    """The threads that somebody began by writing to the company, each by the numbers of its mails; and its addresses.

    Both are empty where no address is the company's.
    """
    threads = _threads(heads)
    ours = _ours([[heads[number] for number in thread] for thread in threads])
    if not ours:
        return [], frozenset()
    theirs = [thread for thread in threads if heads[thread[0]].sender not in ours and heads[thread[0]].to & ours]
    domains = set(map(_domain, ours))
    begin = {heads[thread[0]].sender for thread in theirs}
    writers = {heads[number].sender for thread in theirs for number in thread} - begin
    return theirs, ours | {writer for writer in writers if _domain(writer) in domains}


def _ours(threads: Sequence[Sequence[Head]]) -> frozenset[str]:
    sent = {head.sender for thread in threads for head in thread if head.is_sent}
    talks = [thread for thread in threads if len({head.sender for head in thread}) > 1]
    answer: dict[str, int] = {}
    for thread in talks:
        asker, answering = thread[0].sender, {head.sender for head in thread[1:]}
        domains = {_domain(writer) for writer in answering} - {_domain(asker)}
        for asked in thread[0].to - {asker}:
            if asked in answering or _domain(asked) in domains:
                answer[asked] = answer.get(asked, 0) + 1
    return frozenset((sent | {one for one, times in answer.items() if times > MOSTLY * len(talks)}) - {""})


def _threads(heads: Mapping[int, Head]) -> list[list[int]]:
    """The mails of each thread in the order of the mailbox, the one that answers none of them first."""
    root: dict[str, str] = {}

    def found(name: str) -> str:
        while root.setdefault(name, name) != name:
            root[name] = name = root[root[name]]
        return name

    of: dict[int, str] = {}
    for number, head in heads.items():
        names = [f"thread {head.thread}"] if head.thread else [head.id, *head.answers]
        names = [name for name in names if name] or [f"mail {number}"]
        of[number] = names[0]
        for name in names[1:]:
            root[found(name)] = found(names[0])
    threads: dict[str, list[int]] = {}
    for number, name in of.items():
        threads.setdefault(found(name), []).append(number)
    for thread in threads.values():
        within = {heads[number].id for number in thread}
        thread.sort(key=lambda number: bool(within & set(heads[number].answers)))
    return list(threads.values())


def _addresses(mail: Message, *fields: str) -> list[str]:
    written = [str(value) for field in fields for value in mail.get_all(field, [])]
    return [address.lower() for _, address in getaddresses(written) if "@" in address]


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
