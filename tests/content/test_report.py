"""The review page holds everything that can be said, escapes it, and loads nothing."""

from __future__ import annotations

import dataclasses
import datetime
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from oih_assistant.content.checks import open_folder, run_checks
from oih_assistant.content.evidence_checks import source_uses
from oih_assistant.content.findings import Finding, Severity
from oih_assistant.content.models import Article, Review
from oih_assistant.content.report import build_report, main
from oih_assistant.content.report_html import el, link, rich_text
from oih_assistant.content.texts import ContentFolder, shown_strings

TODAY = datetime.date(2026, 11, 22)
HOSTILE = "<script>alert(\"x\")</script><img src=x onerror=alert(1)> & 'quoted'"
# What makes a browser fetch something, besides a link that a person follows.
LOADING = ("src", "srcset", "data", "poster", "background", "action", "formaction", "manifest", "ping")


class Page(HTMLParser):
    """What a browser would make of the page: its words, its ids, its links and its tags."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)
        self.text = squeeze("".join(self.words))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.tags.append((tag, attributes))
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag == "a":
            self.links.append(attributes.get("href") or "")

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", text.replace("**", ""))


@pytest.fixture(scope="module")
def folder() -> ContentFolder:
    return open_folder(today=TODAY)


@pytest.fixture(scope="module")
def html(folder: ContentFolder) -> str:
    return build_report(folder, run_checks(folder))


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def test_every_topic_is_on_the_page(folder: ContentFolder, page: Page) -> None:
    assert {f"topic-{name}" for name in folder.content.contract.ids} <= set(page.ids)
    for name, topic in folder.content.topics.items():
        assert squeeze(f"{topic.title} {name}") in page.text


def test_every_string_that_can_be_read_is_on_the_page(folder: ContentFolder, page: Page) -> None:
    missing = [
        string
        for string in shown_strings(folder.content, clinician=True)
        if string.location != ("button",) and squeeze(string.text) not in page.text
    ]
    assert missing == []


def test_every_source_is_on_the_page_with_its_links_and_state(folder: ContentFolder, page: Page) -> None:
    uses = source_uses(folder.content)
    for key, source in folder.content.sources.items():
        assert f"ref-{key}" in page.ids
        assert squeeze(source.citation()) in page.text
        if source.doi:
            assert f"https://doi.org/{source.doi}" in page.links
        if source.pmid:
            assert f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/" in page.links
        assert not uses[key] or f"#ref-{key}" in page.links
    unsure = sum(not source.verified for source in folder.content.sources.values())
    assert page.text.count("details NOT verified") == unsure


def test_scopes_key_facts_phrasings_and_contacts_are_on_the_page(folder: ContentFolder, page: Page) -> None:
    contract = folder.content.contract
    for scope in (*contract.curated_topics.values(), *(topic.scope for topic in contract.safety_topics.values())):
        assert squeeze(scope) in page.text
    for topic in folder.content.topics.values():
        assert f"{len(topic.phrasings)} phrasings" in page.text
        assert all(squeeze(phrasing) in page.text for phrasing in topic.phrasings[:10])
    for article in folder.content.articles.values():
        for fact in article.key_facts:
            assert all(squeeze(words) in page.text for words in (fact.fact, fact.patient, fact.clinician))
    for region in folder.content.regions.values():
        assert squeeze(region.emergency) in page.text


def test_findings_are_on_the_page(folder: ContentFolder) -> None:
    finding = Finding("articles/tolerance.yml:9", Severity.ERROR, "a thing was found", "mend it so")
    text = Page(build_report(folder, [finding])).text
    assert text.count("articles/tolerance.yml:9 a thing was found") == 2  # at the topic, and in the list
    assert "Mend: mend it so" in text


def test_links_inside_the_page_lead_somewhere(page: Page) -> None:
    assert {address[1:] for address in page.links if address.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))


def test_nothing_is_loaded_from_anywhere(html: str, page: Page) -> None:
    assert not {"link", "img", "iframe", "object", "embed", "base", "source", "video", "audio"} & {
        tag for tag, _ in page.tags
    }
    assert [(tag, name) for tag, attributes in page.tags for name in LOADING if name in attributes] == []
    style = html[html.index("<style>") : html.index("</style>")]
    script = html[html.rindex("<script>") : html.rindex("</script>")]
    assert "url(" not in style
    assert "@import" not in style
    assert not re.search(r"https?:|fetch\(|XMLHttpRequest|import\(|WebSocket|sendBeacon", script)
    assert "default-src 'none'" in html
    assert all(re.match(r"(#|https?://)", address) for address in page.links)


def _hostile(folder: ContentFolder) -> ContentFolder:
    """The content with hostile words in every kind of place."""
    content = folder.content
    article: Article = content.articles["tolerance"]
    group = article.patient.short[0].copy(update={"text": HOSTILE})
    broken = article.copy(
        update={
            "title": HOSTILE,
            "patient": article.patient.copy(update={"short": (group,)}),
            "evidence": article.evidence.copy(update={"clinician": HOSTILE}),
            "key_facts": (article.key_facts[0].copy(update={"fact": HOSTILE}),),
            "phrasings": (HOSTILE,),
            "clinical_review": Review(by=HOSTILE, role="Doctor", on=TODAY),
        }
    )
    update = {"title": HOSTILE, "doi": None, "pmid": None, "url": "javascript:alert(1)"}
    source = content.sources["chang2007"].copy(update=update)
    changed = content.copy(
        update={
            "articles": {**content.articles, "tolerance": broken},
            "sources": {**content.sources, "chang2007": source},
            "messages": content.messages.copy(update={"failed": HOSTILE}),
        }
    )
    return dataclasses.replace(folder, content=changed)


def test_words_never_become_markup(folder: ContentFolder) -> None:
    finding = Finding("articles/tolerance.yml:1", Severity.ERROR, HOSTILE, HOSTILE)
    html = build_report(_hostile(folder), [finding])
    page = Page(html)
    assert page.text.count(squeeze(HOSTILE)) >= 8
    assert html.count("<script") == 1
    assert not [attributes for _, attributes in page.tags if any(name.startswith("on") for name in attributes)]
    assert not [address for address in page.links if address.startswith("javascript")]
    assert "img" not in {tag for tag, _ in page.tags}


def test_reviewed_topic_shows_its_signature(folder: ContentFolder) -> None:
    topic = folder.content.safety["overdose"].copy(
        update={"clinical_review": Review(by="Dr A. Example", role="Pain physician", on=TODAY)}
    )
    content = folder.content.copy(update={"safety": {**folder.content.safety, "overdose": topic}})
    page = Page(build_report(dataclasses.replace(folder, content=content), []))
    assert "reviewed by Dr A. Example, Pain physician, 2026-11-22" in page.text
    states = [attributes["data-review"] for tag, attributes in page.tags if "data-review" in attributes]
    assert sorted(set(states), key=str) == ["pending", "reviewed"]
    assert states.count("reviewed") == 1


def test_elements_escape_text_and_attributes() -> None:
    assert el("p", "<b>", el("i", "&"), title='"') == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'
    assert rich_text("**a <b>** {emergency}") == (
        '<strong>a &lt;b&gt;</strong> <span class="contact">{emergency}</span>'
    )
    assert link("javascript:alert(1)", "x") == "x"
    assert link("https://example.org/?a=1&b=2", "x").startswith('<a href="https://example.org/?a=1&amp;b=2"')


def test_command_writes_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "reports" / "content.html"
    assert main(["--out", str(out)]) == 0
    assert out.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert "100 topics" in capsys.readouterr().out


def test_command_tells_what_keeps_the_content_from_loading(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--root", str(tmp_path), "--out", str(tmp_path / "page.html")]) == 1
    assert "topics.yml:1: cannot be read" in capsys.readouterr().err
    assert not (tmp_path / "page.html").exists()
