"""`madoguchi keys`: who may call the service, and which websites may show the widget."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from madoguchi import output
from madoguchi.output import Json
from madoguchi.spans import span_or_date

if TYPE_CHECKING:
    from service.access.keys import ChosenScope, Key, KeyFile, Site

keys = typer.Typer(
    help="Create, list, rotate and revoke keys for programs, and sites for the widget. A running service follows.",
    no_args_is_help=True,
)
Id = Annotated[str, typer.Argument(help="Its id, as `keys list` shows it.")]


@keys.command(
    "create",
    epilog=output.examples(
        "keys create --site Shop --origin https://shop.example", "keys create --name helpdesk --scope chat --expires 1y"
    ),
)
def create(
    name: Annotated[str | None, typer.Option(help="What the key is for, such as helpdesk.")] = None,
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: chat, search, ingest or admin (all). Repeat it for more.", metavar="SCOPE"),
    ] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends: 90d, 12h, 1y, or a date like 2027-04-01.")] = None,
    tokens_per_day: Annotated[int | None, typer.Option(min=1, help="The model's tokens that it may use a day.")] = None,
    cost_per_day: Annotated[float | None, typer.Option(min=0, help="What it may cost a day, in your currency.")] = None,
    site: Annotated[str | None, typer.Option(help="A website's name: creates its public key for the widget.")] = None,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="Where the widget may be shown: https://shop.example. Repeat it for more.", metavar="ORIGIN"),
    ] = None,
    greeting_ja: Annotated[str | None, typer.Option(help="What the widget says first, in Japanese.")] = None,
    greeting_en: Annotated[str | None, typer.Option(help="What the widget says first, in English.")] = None,
    contact: Annotated[
        list[str] | None,
        typer.Option(
            help="Another way to a person: email=help@shop.example, phone=…, url=…, hours=…", metavar="WAY=VALUE"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Create a key for a program (--scope), or a site that shows the widget (--site and --origin). Shown once."""
    if (site is None) == (scope is None):
        raise typer.BadParameter("give --scope and --name for a program, or --site and --origin for a website.")
    if site is not None:
        _create_site(site, origin, {"ja": greeting_ja, "en": greeting_en}, contact, as_json)
        return
    chosen, name = _scopes(scope or []), _named(name)
    key, secret = _file().create_key(name, chosen, _until(expires), tokens_per_day, cost_per_day)
    if as_json:
        output.show_json({**_row(key), "key": secret})
        return
    output.show(secret)
    output.say(
        f"This is the key {key.name!r} ({', '.join(key.scopes)}). It is shown once and kept nowhere: copy it now."
    )


def _create_site(
    name: str,
    origins: list[str] | None,
    greeting: dict[str, str | None],
    contact: list[str] | None,
    as_json: bool,
) -> None:
    from knowledge.errors import ConfigError
    from service.access.keys import checked_origin

    if not origins:
        raise typer.BadParameter(
            "name where the widget may be shown, such as https://shop.example.", param_hint="--origin"
        )
    try:
        allowed = tuple(dict.fromkeys(checked_origin(origin) for origin in origins))
    except ConfigError as error:
        raise typer.BadParameter(str(error), param_hint="--origin") from None
    said = {lang: text for lang, text in greeting.items() if text}
    site = _file().create_site(_named(name), allowed, said, _contact(contact or []))
    if as_json:
        output.show_json({**_row(site), "site_key": site.id, "identity_secret": site.secret})
        return
    output.show(site.id)
    output.say(
        f'The public key of {site.name!r}, for the page: <script async src=… data-site-key="{site.id}"></script>'
    )
    output.say(f"The secret that signs your customers' identities (for your server, never for a page): {site.secret}")


@keys.command("list")
def list_keys(as_json: Json = False) -> None:
    """All keys and sites; none of their secrets."""
    ring = _file().read()
    used = _used() if ring.keys else {}
    kept: tuple[Key | Site, ...] = (*ring.keys, *ring.sites)
    entries = [{**_row(entry), "last_used": used.get(entry.id)} for entry in kept]
    if as_json:
        output.show_json({"keys": entries})
        return
    rows = []
    for entry in entries:
        opens = ", ".join(entry["scopes"] or entry["origins"])
        ends = f"revoked {output.moment(entry['revoked'])}" if entry["revoked"] else output.moment(entry["expires"])
        created, used_at = output.moment(entry["created"]), output.moment(entry["last_used"])
        rows.append((entry["id"], entry["name"], opens, created, ends, used_at))
    output.show_rows(("id", "name", "opens", "created", "ends", "last used"), rows, whole=("id",))
    if not entries:
        output.say("None yet: only this machine is served. Create one: madoguchi keys create --scope chat --name shop")


@keys.command("revoke")
def revoke(id: Id, as_json: Json = False) -> None:
    """End a key or a site: a running service turns it away within two seconds."""
    entry = _file().revoke(id)
    if as_json:
        output.show_json(_row(entry))
    else:
        output.show(f"Revoked: {entry.id} ({entry.name})")


@keys.command("rotate")
def rotate(
    id: Id,
    keep: Annotated[
        str | None, typer.Option(help="How long the old key goes on, such as 24h; else it ends now.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Give a key or a site a new secret, shown once. A site keeps its public key."""
    entry, secret = _file().rotate(id, _until(keep))
    if as_json:
        output.show_json({**_row(entry), "key": secret})
        return
    output.show(secret)
    output.say(f"This is the new secret of {entry.name!r}. It is shown once: copy it now.")


def _file() -> KeyFile:
    from knowledge.settings import KnowledgeSettings, load
    from service.access.keys import KeyFile

    return KeyFile(load(KnowledgeSettings).data)


def _used() -> dict[str, str]:
    """When keys were last used, where there is a Redis that knows it."""
    from knowledge.errors import RedisUnavailable
    from knowledge.private_redis import running_redis
    from knowledge.settings import KnowledgeSettings, load
    from service.access.uses import Uses
    from service.memory.storage import OPERATORS_WAIT_S, Storage

    settings = load(KnowledgeSettings)
    if settings.redis_url is None and not (settings.data / "redis").exists():
        return {}

    async def asked(url: str) -> dict[str, str]:
        storage = Storage.connect(url, OPERATORS_WAIT_S)
        try:
            return await Uses(storage).all()
        finally:
            await storage.close()

    try:
        with running_redis(settings) as server:
            return asyncio.run(asked(server.url))
    except RedisUnavailable as error:
        output.say(f"When keys were last used is not known: {error}", style="yellow")
        return {}


def _row(entry: Key | Site) -> dict[str, Any]:
    from service.access.keys import Key

    key = entry if isinstance(entry, Key) else None
    return {
        "id": entry.id,
        "name": entry.name,
        "scopes": list(key.scopes) if key else None,
        "origins": None if isinstance(entry, Key) else list(entry.origins),
        "created": entry.created,
        "expires": key.expires if key else None,
        "revoked": entry.revoked,
        "tokens_per_day": key.tokens_per_day if key else None,
        "cost_per_day": key.cost_per_day if key else None,
    }


def _scopes(given: list[str]) -> tuple[ChosenScope, ...]:
    from service.access.keys import SCOPES

    names = [name.strip() for item in given for name in item.split(",")]
    if unknown := [name for name in names if name not in SCOPES]:
        raise typer.BadParameter(f"{unknown[0]!r} is none of {', '.join(SCOPES)}.", param_hint="--scope")
    return tuple(scope for scope in SCOPES if scope in names)


def _named(name: str | None) -> str:
    name = (name or "").strip()
    if not name or len(name) > 100:
        raise typer.BadParameter("say in a few words what it is for: --name helpdesk", param_hint="--name")
    return name


def _until(text: str | None) -> datetime | None:
    """A point in time, from a span or a date."""
    if text is None:
        return None
    if isinstance(at := span_or_date(text), timedelta):
        return datetime.now(UTC) + at
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    if at <= datetime.now(UTC):
        raise typer.BadParameter(f"{text!r} is past.")
    return at


def _contact(given: list[str]) -> dict[str, str] | None:
    ways = dict(item.partition("=")[::2] for item in given)
    if wrong := [name for name in ways if name not in ("email", "phone", "url", "hours") or not ways[name]]:
        raise typer.BadParameter(
            f"{wrong[0]!r} is no way to a person: email=, phone=, url= or hours=.", param_hint="--contact"
        )
    if (url := ways.get("url")) and not url.startswith("https://"):
        raise typer.BadParameter("the url must begin with https://", param_hint="--contact")
    return ways or None
