"""What a customer does with the widget, in words of the tests."""

from __future__ import annotations

from playwright.sync_api import Frame, Locator, Page, expect


def open_counter(page: Page | Frame) -> None:
    page.locator(".launcher").click()
    expect(page.locator(".panel")).to_be_visible()


def ask(page: Page | Frame, question: str) -> None:
    page.locator("#ask").fill(question)
    page.locator("#ask").press("Enter")


def answers(page: Page | Frame) -> Locator:
    """The answers that have ended."""
    return page.locator(".answer:not(.writing)")


def told(page: Page | Frame) -> list[str]:
    """What a screen reader was given to read, in order."""
    return page.locator(".announcer p").all_text_contents()
