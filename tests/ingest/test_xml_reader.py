"""The XML of whole accounts that help desks export, written by hand in the names that they publish."""

import pytest

from ingest.readers.reading import read
from knowledge.errors import UnreadableFile

PROBLEM = "The lid of my kettle does not close any more."
REMEDY = "Take the seal out, rinse it & press it back into the groove."
FRESHDESK = f"""<?xml version="1.0" encoding="UTF-8"?>
<helpdesk-tickets type="array"><helpdesk-ticket>
  <description>{PROBLEM}</description><display-id type="integer">9</display-id><status type="integer">5</status>
  <requester-name>Ada Byrne</requester-name><subject>Lid</subject>
  <notes type="array">
    <helpdesk-note><body>She called twice.</body><incoming type="boolean">false</incoming>
      <private type="boolean">true</private><deleted type="boolean">false</deleted></helpdesk-note>
    <helpdesk-note><body>{REMEDY.replace("&", "&amp;")}</body><incoming type="boolean">false</incoming>
      <private type="boolean">false</private><deleted type="boolean">false</deleted></helpdesk-note>
  </notes>
</helpdesk-ticket></helpdesk-tickets>"""
ZENDESK = f"""<?xml version="1.0" encoding="UTF-8"?>
<tickets type="array"><ticket>
  <nice-id type="integer">9</nice-id><requester-id type="integer">1</requester-id><status-id>3</status-id>
  <subject>Lid</subject><comments type="array">
    <comment><author-id type="integer">1</author-id><is-public type="boolean">true</is-public>
      <value>{PROBLEM}</value></comment>
    <comment><author-id type="integer">2</author-id><is-public type="boolean">false</is-public>
      <value>She called twice.</value></comment>
    <comment><author-id type="integer">2</author-id><is-public type="boolean">true</is-public>
      <value>{REMEDY.replace("&", "&amp;")}</value></comment>
  </comments>
</ticket></tickets>"""


@pytest.mark.parametrize("export", [FRESHDESK, ZENDESK])
def test_tickets_of_an_account_are_a_log(export):
    result = read(export.encode(), "Tickets1.xml")
    assert result.kind == "log"
    assert [(section.question, section.text) for section in result.sections] == [(PROBLEM, REMEDY)]


def test_an_open_ticket_is_left_out():
    with pytest.raises(UnreadableFile, match="not resolved"):
        read(ZENDESK.replace("<status-id>3", "<status-id>1").encode(), "tickets.xml")


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        ("<urlset><url><loc>https://www.example.com/a</loc></url></urlset>", "unsupported"),
        ("<tickets><ticket>", "damaged"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><tickets><ticket>&b;</ticket></tickets>', "damaged"),
    ],
)
def test_other_xml_is_refused(xml, reason):
    with pytest.raises(UnreadableFile) as told:
        read(xml.encode(), "a.xml")
    assert told.value.reason == reason
