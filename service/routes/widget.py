"""POST /api/widget/session: a public site key and an allowed origin in, a token for one conversation out."""

from __future__ import annotations

import asyncio
import time

from fastapi import APIRouter, Request

from service.access.gate import DEMO, may_show, site_of
from service.access.keys import LANGUAGES, Site
from service.access.tokens import SESSION_S, BadToken, Identity, SessionClaims, issue, read_identity, read_session
from service.http import problems
from service.memory.sessions import new_session_id
from service.parts import Parts, PartsDep
from service.schemas.widget import ByLanguage, SiteOut, Suggestions, WidgetRequest, WidgetSession

router = APIRouter(tags=["widget"])
SUGGESTED = 4  # questions: what fits under a greeting on a phone
GREETING = {
    "ja": "こんにちは。ご質問をどうぞ。資料をもとに、出典を添えてお答えします。",
    "en": "Hello! Ask me anything. I answer from our documents, and show you where it says so.",
}


@router.post(
    "/api/widget/session",
    summary="Open or renew a widget's session",
    responses=problems.documented(
        problems.IDENTITY_WRONG, problems.UNKNOWN_SITE, problems.WRONG_ORIGIN, problems.INVALID
    ),
)
async def open_session(body: WidgetRequest, request: Request, parts: PartsDep) -> WidgetSession:
    """Only for pages of the site's origins. The token works for one conversation, from the same origin, and is renewed
    by sending the same with the old token; without a good old one, a new conversation begins.
    """
    guarded = parts.settings.admin_key is not None or parts.keys.guarded
    site = site_of(parts.keys, body.site_key, guarded)
    if site is None:
        raise problems.Refused(problems.UNKNOWN_SITE)
    origin = request.headers.get("origin", "")
    if not may_show(site, request.scope, origin):
        raise problems.Refused(problems.WRONG_ORIGIN)
    identity = _identity(body, site)
    session_id = _going_on(body, request, parts, site, origin, identity) or new_session_id()
    claims = SessionClaims(site.id, origin, session_id, identity, int(time.time()))
    return WidgetSession(
        session_token=issue(claims, parts.keys.token_secret),
        expires_in=SESSION_S,
        session_id=session_id,
        site=await _shown(parts, site),
    )


def _identity(body: WidgetRequest, site: Site) -> Identity | None:
    if body.identity is None:
        return None
    if site is DEMO:
        raise problems.Refused(problems.IDENTITY_WRONG, "The demo has no secret to sign with.")
    try:
        return read_identity(body.identity, site.secret)
    except BadToken as error:
        raise problems.Refused(problems.IDENTITY_WRONG, str(error)) from None


def _going_on(
    body: WidgetRequest, request: Request, parts: Parts, site: Site, origin: str, identity: Identity | None
) -> str | None:
    """The conversation that an old token speaks for; None when there is no such, or it is another customer's.

    Somebody who has signed in keeps what was said before; somebody who has signed out, or in as another, does not.
    """
    scheme, _, old = request.headers.get("authorization", "").partition(" ")
    if body.session_id is None or scheme.lower() != "bearer":
        return None
    try:
        claims = read_session(old.strip(), parts.keys.token_secret, parts.settings.session_ttl_hours * 3600)
    except BadToken:
        return None
    if (claims.site, claims.origin, claims.session_id) != (site.id, origin, body.session_id):
        return None
    if claims.identity is not None and (identity is None or identity.sub != claims.identity.sub):
        return None
    return claims.session_id


async def _shown(parts: Parts, site: Site) -> SiteOut:
    questions = await asyncio.to_thread(parts.knowledge.faq_questions, SUGGESTED)
    return SiteOut(
        name=site.name,
        greeting=ByLanguage(**{lang: site.greeting.get(lang) or GREETING[lang] for lang in LANGUAGES}),
        suggestions=Suggestions(**{lang: questions.get(lang, []) for lang in LANGUAGES}),
        contact=dict(site.contact) if site.contact else None,
    )
