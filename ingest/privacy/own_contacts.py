"""Tells the operator of addresses and telephones that are likely the company's own, and are taken out of support logs.

Nothing is kept for that: whose they are only the operator knows. What agents write in many conversations and customers
never do may also be one customer's, so that the hint names no address whole and no number.
"""

from __future__ import annotations

import re
from collections import defaultdict

FEWEST = 5  # conversations in which agents write it
MOST = 3  # told of each kind, those that stand in most conversations first
DIGITS = 9  # of a telephone number

_ADDRESS = re.compile(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)")
_NUMBER = re.compile(r"[+(（]?\d[\d ()（）.-]{7,}\d")


class OwnContacts:
    """What agents and customers of a log wrote."""

    def __init__(self) -> None:
        self._agents: dict[str, set[str]] = defaultdict(set)  # the conversations of each address and number
        self._customers: set[str] = set()

    def hear(self, role: str, text: str, conversation: str) -> None:
        """Take in what somebody wrote."""
        said = [found[0].lower() for found in _ADDRESS.finditer(text)] if "@" in text else []
        said += [found[0] for found in _NUMBER.finditer(text)]
        for contact in said:
            if role == "customer":
                self._customers.add(_bare(contact))
            else:
                self._agents[contact].add(conversation)

    def hints(self) -> list[str]:
        """Of what agents write again and again and no customer does, and what would not be kept: one line each."""
        from ingest.privacy.redaction import find  # making its patterns takes longer than reading most files

        often = sorted(self._agents.items(), key=lambda told: -len(told[1]))
        told: dict[str, list[str]] = {"EMAIL": [], "PHONE": []}
        for contact, conversations in often:
            if len(conversations) < FEWEST or _bare(contact) in self._customers:
                continue
            kinds = {kind for kind, _, _ in find(contact)}
            address = _ADDRESS.fullmatch(contact)
            if address is not None and "EMAIL" in kinds:
                told["EMAIL"].append(f"an address at {address[1]} ({len(conversations)} conversations)")
            elif address is None and "PHONE" in kinds and len(_bare(contact)) >= DIGITS:
                told["PHONE"].append(f"a number that ends in {contact[-2:]} ({len(conversations)} conversations)")
        return [
            f"Agents often write {', '.join(some[:MOST])}, and customers never do. Answers say [{kind}] instead; "
            "if it is your own, list it under `keep` in the file that MADOGUCHI_REDACTION names."
            for kind, some in told.items()
            if some
        ]


def _bare(contact: str) -> str:
    return contact if "@" in contact else re.sub(r"\D", "", contact)
