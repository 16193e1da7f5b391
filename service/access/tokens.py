"""
The two kinds of signed words: the identity that a website vouches for, and the session token that we hand a widget.

Both are JSON Web Tokens of the algorithm HS256 and no other, so that neither `none` nor a public key taken for a
secret gets through. Session tokens are kept nowhere: what one may do stands in it, and ends with it or with its site.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import jwt

from knowledge.errors import MadoguchiError

ALGORITHM = "HS256"
AUDIENCE = "madoguchi-session"
SESSION_S = 1800  # a widget renews its token long before
IDENTITY_S = 900  # the longest that a website may vouch for a customer by one token
LEEWAY_S = 30  # clocks differ
LONGEST = 4096  # characters


class BadToken(MadoguchiError):
    """Words that are not signed by whom they should be, or not any more."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a customer is, as their website says."""

    sub: str
    name: str | None = None
    email: str | None = None


@dataclass(frozen=True, slots=True)
class SessionClaims:
    """What a session token allows: one conversation, from the pages of one origin of one site."""

    site: str
    origin: str
    session_id: str
    identity: Identity | None
    issued: int  # seconds since 1970


def issue(claims: SessionClaims, secret: str) -> str:
    """The token of a session, good for SESSION_S seconds."""
    who = claims.identity
    body = {
        "aud": AUDIENCE,
        "iat": claims.issued,
        "exp": claims.issued + SESSION_S,
        "site": claims.site,
        "origin": claims.origin,
        "sid": claims.session_id,
        "who": [who.sub, who.name, who.email] if who else None,
    }
    return jwt.encode(body, secret, ALGORITHM)


def read_session(token: str, secret: str, renewable_s: int = 0) -> SessionClaims:
    """What a token of ours says. Raises BadToken, also when it ended more than `renewable_s` seconds ago."""
    try:
        body = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            audience=AUDIENCE,
            leeway=renewable_s,
            options={"require": ["exp", "iat", "aud"]},
        )
        who = Identity(*body["who"]) if body["who"] else None
        return SessionClaims(body["site"], body["origin"], body["sid"], who, int(body["iat"]))
    except jwt.ExpiredSignatureError:
        raise BadToken("The session's token has expired.") from None
    except (jwt.InvalidTokenError, KeyError, TypeError) as error:
        raise BadToken(f"This is no token of ours ({type(error).__name__}).") from None


def read_identity(token: str, secret: str) -> Identity:
    """Who the website says the customer is. Raises BadToken with what is wrong, for the website's engineers."""
    if len(token) > LONGEST:
        raise BadToken(f"It is longer than {LONGEST} characters.")
    try:
        body = jwt.decode(
            token,
            secret,
            algorithms=[ALGORITHM],
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "sub"], "verify_aud": False},
        )
    except jwt.ExpiredSignatureError:
        raise BadToken("It has expired. Sign a new one for each page.") from None
    except jwt.InvalidAlgorithmError:
        raise BadToken("It must be signed with HS256 and the site's secret.") from None
    except jwt.InvalidTokenError as error:
        raise BadToken(f"{str(error) or type(error).__name__}.") from None
    ends = int(body["exp"])
    if ends - int(body["iat"]) > IDENTITY_S or ends > time.time() + IDENTITY_S + LEEWAY_S:
        raise BadToken(f"It is good for longer than {IDENTITY_S // 60} minutes (exp - iat).")
    told = body["sub"], body.get("name"), body.get("email")
    if any(value is not None and not (isinstance(value, str) and 0 < len(value) <= 256) for value in told):
        raise BadToken("sub, name and email must be words of at most 256 characters.")
    return Identity(*told)
