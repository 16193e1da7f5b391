"""A widget's session, as it goes over the wire."""

from __future__ import annotations

from pydantic import Field

from service.schemas.fields import SessionId, Whole, Wire


class PageIn(Wire):
    """The page that shows the widget."""

    lang: Whole | None = Field(None, max_length=35, description="As its `html` element says.", examples=["ja"])
    url: Whole | None = Field(None, max_length=2000)


class WidgetRequest(Wire):
    """A widget opens its session, or renews it."""

    site_key: Whole = Field(max_length=100, description="The public key of the site.", examples=["pk_demo"])
    identity: Whole | None = Field(
        None,
        max_length=4096,
        description="Who the customer is, as the site's server vouches for it: a JSON Web Token of HS256 with the "
        "site's secret, claims `sub`, `iat`, `exp` (15 minutes at most), and `name` and `email` if wanted.",
    )
    session_id: SessionId | None = Field(
        None, description="The conversation to go on with; the old token comes along as Authorization: Bearer."
    )
    page: PageIn | None = Field(None, description="Nothing depends on it.")


class ByLanguage(Wire):
    """A text for each language of the counter."""

    ja: str
    en: str


class Suggestions(Wire):
    """Questions to begin with, for each language of the counter."""

    ja: list[str]
    en: list[str]


class SiteOut(Wire):
    """What the widget shows before anybody has asked."""

    name: str
    greeting: ByLanguage
    suggestions: Suggestions = Field(description="Out of the FAQs of the knowledge base.")
    contact: dict[str, str] | None = Field(description="Other ways to reach a person: email, phone, url, hours.")


class WidgetSession(Wire):
    """An open session of a widget."""

    session_token: str = Field(description="Bring it as Authorization: Bearer; it opens this conversation alone.")
    expires_in: int = Field(description="Seconds. Renew it before: send the same with the old token.")
    session_id: str
    site: SiteOut
