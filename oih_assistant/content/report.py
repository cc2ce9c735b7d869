"""`python -m oih_assistant.content.report --out reports/content.html`: the page on which a clinician reviews.

Last place in the content's flow: it reads what the loader and the checks give and needs neither server nor network.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Optional

from oih_assistant.content.checks import open_folder, run_checks
from oih_assistant.content.evidence_checks import source_uses
from oih_assistant.content.findings import Finding, Severity, count_findings
from oih_assistant.content.loader import CONTENT_DIR
from oih_assistant.content.models import Audience, Content, Kind, Level, Source, Strength
from oih_assistant.content.readability import grade
from oih_assistant.content.regions import contact_words
from oih_assistant.content.report_coverage import KIND_NAMES, coverage, is_reviewed
from oih_assistant.content.report_html import Html, el, join, link, rich_text
from oih_assistant.content.report_template import PAGE, SCRIPT, STYLE
from oih_assistant.content.report_topic import finding_list, table, topic_section
from oih_assistant.content.texts import ContentFolder, shown_texts, topic_file
from oih_assistant.errors import ContentError

OUT = Path("reports/content.html")


def grade_texts(folder: ContentFolder) -> dict[tuple[str, str], tuple[float, float]]:
    """For each patient text, by topic and form, the grade with and without the excused words."""
    return {
        (shown.topic, shown.form): (
            grade(shown.text, folder.wording),
            grade(shown.text, folder.wording, excuse=False),
        )
        for shown in shown_texts(folder.content)
        if shown.audience is Audience.PATIENT
    }


def build_report(folder: ContentFolder, findings: Sequence[Finding]) -> str:
    """The whole page as one HTML document.

    Args:
        folder: the content with its rules of wording.
        findings: what the checks found in it.
    """
    content = folder.content
    grades = grade_texts(folder)
    excused = {place: pair[0] for place, pair in grades.items()}
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        by_file.setdefault(finding.file, []).append(finding)
    sections = (
        topic_section(name, content, grades, by_file.get(topic_file(content, name), ())) for name in content.topics
    )
    return PAGE.substitute(
        style=STYLE,
        script=SCRIPT,
        today=folder.today.isoformat(),
        digest=content.digest[:12],
        numbers=_numbers(folder, findings, excused),
        coverage=coverage(folder, findings, excused),
        kinds=join(el("option", name, value=kind.value) for kind, name in KIND_NAMES.items()),
        levels=join(el("option", level.value) for level in Level),
        strengths=join(el("option", strength.value) for strength in Strength),
        contents=_contents(content),
        topics=join(sections, Html("\n")),
        sections=join(
            [_findings_section(findings), _messages_section(content), _regions_section(content), _references(content)],
            Html("\n"),
        ),
    )


def _numbers(folder: ContentFolder, findings: Sequence[Finding], grades: Mapping[tuple[str, str], float]) -> Html:
    topics = folder.content.topics
    articles = [value for (name, form), value in grades.items() if name in folder.content.articles and form != "longer"]
    reviewed = sum(map(is_reviewed, topics.values()))
    numbers = [
        (f"{len(topics)} of {len(folder.content.contract.ids)}", "topics written"),
        (f"{reviewed} of {len(topics)}", "reviewed by a clinician"),
        (f"{statistics.median(articles):.1f}" if articles else "none", "median school grade"),
        (str(len(source_uses(folder.content))), "references in use"),
        (str(count_findings(findings, Severity.ERROR)), "errors"),
        (str(count_findings(findings, Severity.WARNING)), "warnings"),
    ]
    return join(el("li", el("b", number), words) for number, words in numbers)


def _contents(content: Content) -> Html:
    parts: list[Html] = []
    for kind in Kind:
        names = [name for name in content.topics if content.contract.kind_of(name) is kind]
        entries = (el("li", el("a", content.topics[name].title, href=f"#topic-{name}")) for name in names)
        parts += [el("h3", KIND_NAMES[kind].capitalize()), el("ul", *entries)]
    rest = {"findings": "Findings", "messages": "Own messages", "contacts": "Contacts", "references": "References"}
    parts += [el("h3", "Besides"), el("ul", *(el("li", el("a", name, href=f"#{key}")) for key, name in rest.items()))]
    return join(parts)


def _findings_section(findings: Sequence[Finding]) -> Html:
    body = finding_list(findings) if findings else el("p", "The checks found nothing.")
    return el("section", el("h2", "What the checks found"), body, class_="panel", id="findings")


def _messages_section(content: Content) -> Html:
    rows = [(el("code", name), rich_text(getattr(content.messages, name))) for name in content.messages.__fields__]
    body = table(["Message", "Words"], rows)
    return el("section", el("h2", "The assistant's own messages"), body, class_="panel", id="messages")


def _regions_section(content: Content) -> Html:
    rows = [
        (
            region.name,
            *contact_words(region).values(),
            f"{'verified' if region.verified else 'NOT verified'}, {region.checked}",
        )
        for region in content.regions.values()
    ]
    heads = ["Region", "Emergency", "Suicide crisis", "Poison", "Drug and alcohol help", "State"]
    lead = el("p", "What stands in the texts for {emergency} and the other contacts, by region.", class_="scope")
    return el("section", el("h2", "Contacts"), lead, table(heads, rows), class_="panel", id="contacts")


def _reference(key: str, source: Source, uses: int) -> Html:
    ways = [
        ("DOI " + source.doi, f"https://doi.org/{source.doi}") if source.doi else None,
        ("PMID " + source.pmid, f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/") if source.pmid else None,
        (source.url, source.url) if source.url else None,
    ]
    links = join((link(way[1], way[0]) for way in ways if way), " · ")
    state = "details verified" if source.verified else "details NOT verified"
    used = f"used in {uses} statement groups" if uses else "not used"
    return el(
        "li",
        source.citation(),
        f" ({source.kind}) ",
        links,
        " ",
        el("span", state, class_="state" if source.verified else "unsure"),
        el("span", f", {used} ", class_="state"),
        el("code", key),
        id=f"ref-{key}",
    )


def _references(content: Content) -> Html:
    uses = source_uses(content)
    entries = (_reference(key, source, uses[key]) for key, source in content.sources.items())
    return el(
        "section", el("h2", "References"), el("ol", *entries, class_="references"), class_="panel", id="references"
    )


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Write the page; 1 if the content cannot be loaded."""
    parser = argparse.ArgumentParser(
        prog="python -m oih_assistant.content.report", description="Write the review page."
    )
    parser.add_argument("--out", type=Path, default=OUT, help="where the page is written")
    parser.add_argument("--root", type=Path, default=CONTENT_DIR, help="the content folder")
    options = parser.parse_args(arguments)
    try:
        folder = open_folder(options.root)
    except ContentError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    page = build_report(folder, run_checks(folder))
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(page, "utf-8")
    sys.stdout.write(f"{options.out}: {len(folder.content.topics)} topics, {len(page.encode()) // 1024} KB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
