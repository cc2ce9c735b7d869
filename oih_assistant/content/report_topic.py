"""One topic on the review page: both wordings side by side, with everything they rest on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from oih_assistant.content.findings import Finding
from oih_assistant.content.models import Article, Audience, Content, Review, Source, Statements, Strength, Topic
from oih_assistant.content.report_coverage import STRENGTH_CLASSES, is_reviewed
from oih_assistant.content.report_html import Child, Html, el, join, rich_text
from oih_assistant.content.texts import ShownText, topic_texts

FORM_NAMES = {
    "short": "Short",
    "longer": "Longer",
    "simpler": "Simpler",
    "reply": "Reply",
    "again": "When asked again",
    "clinician": "Reply",
}
# Which text stands beside which: (patient form, clinician form).
ROWS = (("short", "short"), ("longer", "longer"), ("simpler", None), ("reply", "clinician"), ("again", None))
PHRASINGS_SHOWN = 10


def source_name(key: str, source: Source) -> str:
    """`Angst 2006` where the first author is a person; the key for institutions, whose names are long."""
    person = re.fullmatch(r"(?P<name>.+?)\s[A-Z]{1,3}", source.authors.partition(",")[0].strip())
    return f"{person['name']} {source.year}" if person and source.year else key


def _basis(group: Statements, sources: Mapping[str, Source]) -> Html:
    if group.strength is None:
        return el("p", el("span", "about the assistant itself", class_="strength s-service"), class_="basis")
    links = [
        el(
            "a",
            source_name(key, sources[key]) + ("" if sources[key].verified else " (not verified)"),
            href=f"#ref-{key}",
            title=sources[key].citation(),
            class_=None if sources[key].verified else "unsure",
        )
        for key in group.sources
    ]
    strength = el("span", group.strength.value, class_=f"strength {STRENGTH_CLASSES[group.strength.value]}")
    return el("p", strength, " ", join(links, ", "), class_="basis")


def statement_groups(shown: ShownText, sources: Mapping[str, Source]) -> Html:
    """The statement groups of one text, each over its strength and sources."""
    return join(
        el("div", el("p", rich_text(group.text)), _basis(group, sources), class_="group") for group in shown.groups
    )


def _cell(shown: ShownText | None, content: Content, grades: Mapping[tuple[str, str], tuple[float, float]]) -> Html:
    if shown is None:
        return el("div", class_="cell empty")
    heading: list[Child] = [
        el("span", el("span", f"{shown.audience.value.capitalize()}: ", class_="who"), FORM_NAMES[shown.form])
    ]
    if shown.audience is Audience.PATIENT:
        excused, raw = grades[(shown.topic, shown.form)]
        title = f"{raw:g} with drug names and defined terms counted in full"
        heading.append(el("span", f"grade {excused:g}", class_="grade", title=title))
    return el("div", el("h4", *heading), statement_groups(shown, content.sources), class_="cell")


def wordings(name: str, topic: Topic, content: Content, grades: Mapping[tuple[str, str], tuple[float, float]]) -> Html:
    """Both wordings of a topic side by side, in all lengths."""
    texts = {(shown.audience, shown.form): shown for shown in topic_texts(name, topic)}
    cells: list[Html] = [el("h3", "Patient"), el("h3", "Clinician")]
    for patient_form, clinician_form in ROWS:
        pair = (texts.get((Audience.PATIENT, patient_form)), texts.get((Audience.CLINICIAN, clinician_form or "")))
        if any(pair):
            cells.extend(_cell(shown, content, grades) for shown in pair)
    if isinstance(topic, Article):
        for audience in Audience:
            who = el("span", f"{audience.value.capitalize()}: ", class_="who")
            words = rich_text(getattr(topic.evidence, audience.value))
            cells.append(el("div", el("h4", el("span", who, "How sure this is")), el("p", words), class_="cell"))
    return el("div", *cells, class_="wordings")


def table(heads: Sequence[str], rows: Iterable[Sequence[Child]]) -> Html:
    """A table; cells are text or elements."""
    head = el("thead", el("tr", *(el("th", text, scope="col") for text in heads)))
    body = el("tbody", *(el("tr", *(el("td", cell) for cell in row)) for row in rows))
    return el("div", el("table", head, body), class_="table")


def key_facts(article: Article) -> Html:
    """The facts that both wordings must carry, with the words that carry them."""
    rows = [(fact.fact, fact.patient, fact.clinician) for fact in article.key_facts]
    return join([el("h4", "Key facts"), table(["Fact", "In the patient's words", "In the clinician's words"], rows)])


def finding_list(findings: Sequence[Finding]) -> Html:
    """What the checks found, with the place and the mend."""
    return el(
        "ul",
        *(
            el(
                "li",
                el("b", finding.severity.value, class_=finding.severity.value),
                " ",
                el("code", finding.place),
                f" {finding.found}",
                el("span", f"Mend: {finding.mend}", class_="mend") if finding.mend else None,
            )
            for finding in findings
        ),
        class_="findings",
    )


def _phrasings(topic: Topic) -> Html:
    shown = topic.phrasings[:PHRASINGS_SHOWN]
    head = el("summary", f"{len(topic.phrasings)} phrasings teach the model this topic; the first {len(shown)}")
    return el("details", head, el("ul", *(el("li", phrasing) for phrasing in shown)))


def _review_words(topic: Topic) -> str:
    review = topic.clinical_review
    return f"reviewed by {review.by}, {review.role}, {review.on}" if isinstance(review, Review) else "review pending"


def _scope(name: str, content: Content) -> str:
    contract = content.contract
    if name in contract.safety_topics:
        return contract.safety_topics[name].scope
    return str({**contract.curated_topics, **contract.dialogue_topics}[name])


def _strengths(name: str, topic: Topic) -> str:
    found = {group.strength for shown in topic_texts(name, topic) for group in shown.groups if group.strength}
    return "|".join(strength.value for strength in Strength if strength in found)


def _notes(name: str) -> Html:
    """Where the reviewer notes a verdict; kept in this browser and written to a file on request."""
    options = [el("option", text, value=value) for value, text in VERDICTS]
    return el(
        "div",
        el("label", "Your verdict ", el("select", *options, data_verdict=name)),
        el("label", "Your notes ", el("textarea", rows="2", data_note=name)),
        el("p", "Reviewed by ______________________   Role ______________________   Date ____________", class_="sign"),
        class_="notes",
    )


VERDICTS = (("", "not read yet"), ("agree", "agree"), ("change", "needs a change"), ("discuss", "to be discussed"))


def topic_section(
    name: str,
    content: Content,
    grades: Mapping[tuple[str, str], tuple[float, float]],
    findings: Sequence[Finding],
) -> Html:
    """The whole section of one topic.

    Args:
        name: the topic's id.
        content: the content.
        grades: for each patient text, by topic and form, the grade with and without the excused words.
        findings: what the checks found in the topic's file.
    """
    topic, kind, level = content.topics[name], content.contract.kind_of(name), content.level_of(name)
    related = [other for other in getattr(topic, "related", ()) if other in content.topics]
    links = join((el("a", content.topics[other].title, href=f"#topic-{other}") for other in related), " · ")
    kind_name = kind.value if kind else ""
    review = "reviewed" if is_reviewed(topic) else "pending"
    badges = [el("span", kind_name, class_=f"badge k-{kind_name}")]
    if level:
        badges.append(el("span", level.value, class_=f"badge l-{level.value}"))
    badges.append(el("span", _review_words(topic), class_=f"badge r-{'done' if review == 'reviewed' else 'open'}"))
    return el(
        "section",
        el("h2", topic.title, " ", el("code", name)),
        el("p", *badges, el("span", f"last checked {topic.checked}", class_="meta"), class_="badges"),
        el("p", "Scope: ", _scope(name, content), class_="scope"),
        finding_list(findings) if findings else None,
        wordings(name, topic, content, grades),
        key_facts(topic) if isinstance(topic, Article) else None,
        el("p", "Leads on to: ", links, class_="related") if related else None,
        _phrasings(topic),
        _notes(name),
        class_="topic",
        id=f"topic-{name}",
        data_kind=kind_name,
        data_level=level.value if level else "",
        data_review=review,
        data_strengths=_strengths(name, topic),
    )
