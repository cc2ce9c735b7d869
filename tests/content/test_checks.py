"""A small good folder of content is broken in one place at a time; each check must find that place and no other."""

from __future__ import annotations

import datetime
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from oih_assistant.content.__main__ import main
from oih_assistant.content.checks import check_content
from oih_assistant.content.findings import Finding, Severity
from oih_assistant.content.loader import CONTENT_DIR, load_content
from oih_assistant.content.readability import grade
from oih_assistant.content.wording import load_wording_rules
from oih_assistant.content.wording_checks import find_banned
from oih_assistant.errors import ContentError

TODAY = datetime.date(2026, 11, 22)
KEPT = {
    "articles": ("oih_definition", "tolerance", "stopping_suddenly"),
    "safety": ("overdose", "pregnancy"),
    "dialogue": ("greet",),
}
DEFINITION, TOLERANCE, STOPPING = (f"articles/{name}.yml" for name in KEPT["articles"])
OVERDOSE, PREGNANCY = "safety/overdose.yml", "safety/pregnancy.yml"
ERROR, WARNING = Severity.ERROR, Severity.WARNING


@dataclass(frozen=True)
class Folder:
    """A content folder that a test may break."""

    root: Path

    def text(self, file: str) -> str:
        return (self.root / file).read_text("utf-8")

    def write(self, file: str, text: str) -> None:
        (self.root / file).write_text(text, "utf-8")

    def swap(self, file: str, old: str, new: str) -> None:
        """Replace the first place where the old text stands."""
        text = self.text(file)
        assert old in text, f"{old!r} does not stand in {file}"
        self.write(file, text.replace(old, new, 1))

    def line(self, file: str, words: str) -> int:
        """The line on which words first stand."""
        return next(number for number, line in enumerate(self.text(file).splitlines(), 1) if words in line)

    def group_line(self, file: str, words: str) -> int:
        """The line on which the statement group begins that holds the words."""
        lines = self.text(file).splitlines()
        return max(number for number in range(1, self.line(file, words) + 1) if "- text:" in lines[number - 1])

    def findings(self) -> list[Finding]:
        return check_content(self.root, every_topic=False, today=TODAY)

    def problems(self, *, every_topic: bool = False) -> tuple[str, ...]:
        with pytest.raises(ContentError) as caught:
            load_content(self.root, every_topic=every_topic)
        return caught.value.problems

    def expect(self, place: str, severity: Severity, found: str, mend: str = "") -> None:
        """There is one finding, and it is this one."""
        findings = self.findings()
        assert [(finding.place, finding.severity) for finding in findings] == [(place, severity)], findings
        assert found in findings[0].found
        assert mend in findings[0].mend
        assert mend or findings[0].mend


def _smaller(text: str, related: list[str]) -> str:
    """A topic file with three phrasings, related to kept topics only."""
    head, _, phrasings = text.partition("\nphrasings:\n")
    head = re.sub(r"^related: .*$", f"related: [{', '.join(related)}]", head, flags=re.MULTILINE)
    return "\n".join([head, "phrasings:", *phrasings.splitlines()[:3], ""])


@pytest.fixture(scope="session")
def good_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six topics of the real content, with the sources that they use."""
    root = tmp_path_factory.mktemp("content")
    for path in CONTENT_DIR.glob("*.yml"):
        shutil.copy(path, root)
        (root / path.name).chmod(0o644)
    topics = [name for names in KEPT.values() for name in names]
    written = ""
    for folder, names in KEPT.items():
        (root / folder).mkdir()
        for name in names:
            text = (CONTENT_DIR / folder / f"{name}.yml").read_text("utf-8")
            small = _smaller(text, [other for other in topics if other != name][:2])
            (root / folder / f"{name}.yml").write_text(small, "utf-8")
            written += small
    used = set(re.findall(r"\w+", " ".join(re.findall(r"sources: \[(.*)\]", written))))
    blocks = (CONTENT_DIR / "sources.yml").read_text("utf-8").split("\n\n")
    kept = [block for block in blocks if block.strip().partition(":")[0] in used]
    (root / "sources.yml").write_text("\n\n".join(kept) + "\n", "utf-8")
    return root


@pytest.fixture
def folder(good_folder: Path, tmp_path: Path) -> Folder:
    """A copy of the good folder, to be broken."""
    return Folder(Path(shutil.copytree(good_folder, tmp_path / "content")))


def test_good_folder_has_no_finding(folder: Folder) -> None:
    assert folder.findings() == []


# --- wording --------------------------------------------------------------------------------------------------


def test_hard_text_is_found(folder: Folder) -> None:
    hard = "Individual circumstances necessitate professional deliberation. " * 6
    folder.swap(DEFINITION, "It sounds backward.", hard.strip())
    folder.expect(f"{DEFINITION}:{folder.line(DEFINITION, '  short:')}", ERROR, "at most 8 is allowed", "shorter")


def test_hard_median_is_found(folder: Folder) -> None:
    folder.swap("readability.yml", "grade_median: 6.5", "grade_median: 0.5")
    line = folder.line("readability.yml", "grade_median")
    folder.expect(f"readability.yml:{line}", ERROR, "the median grade of 6 short and simpler texts", "simplify")


def test_excused_words_are_what_the_file_lists() -> None:
    wording = load_wording_rules(CONTENT_DIR)
    drugs = "Buprenorphine, dextromethorphan and hydrocodone are opioid medicines. "
    common = "Withdrawal and tolerance are matters for the prescriber. "
    assert grade(drugs, wording) < grade(drugs, wording, excuse=False) - 2
    assert grade(common, wording) == grade(common, wording, excuse=False)
    fewer = wording.copy(update={"counted_as_one_syllable": ()})
    assert grade(drugs, fewer) == grade(drugs, wording, excuse=False)


def test_long_sentence_is_found(folder: Folder) -> None:
    folder.swap(
        TOLERANCE, "The medicine may wear off before the next dose.", "The dose may end" + " so soon" * 12 + "."
    )
    line = folder.group_line(TOLERANCE, "so soon")
    folder.expect(f"{TOLERANCE}:{line}", ERROR, "a sentence of 28 words", "two sentences")


def test_long_sentence_is_found_in_messages(folder: Folder) -> None:
    folder.swap("messages.yml", "ask_back: I want", "ask_back: I" + " really" * 20 + " want")
    line = folder.line("messages.yml", "ask_back:")
    folder.expect(f"messages.yml:{line}", ERROR, "a sentence of", "two sentences")


@pytest.mark.parametrize("word", ["placebo", "NMDA", "ECG", "hypertension", "double-blind", "sleep apnea", "CDC"])
def test_unexplained_jargon_is_found(folder: Folder, word: str) -> None:
    folder.swap(TOLERANCE, "Your body got used to it.", f"Your body got used to it. Think of {word}.")
    line = folder.group_line(TOLERANCE, f"Think of {word}")
    folder.expect(f"{TOLERANCE}:{line}", ERROR, f'patient.simpler: "{word}" is not explained', "plain word")


@pytest.mark.parametrize(
    "words",
    [
        "A placebo is a dummy pill.",
        "Hypertension means high blood pressure.",
        "You may have pauses in breathing at night (sleep apnea).",
        "This is called sleep apnea.",
        "Ask a US health agency, the CDC.",
    ],
)
def test_explained_jargon_is_allowed(folder: Folder, words: str) -> None:
    folder.swap(TOLERANCE, "Your body got used to it.", f"Your body got used to it. {words}")
    assert folder.findings() == []


def test_longer_text_rests_on_what_the_short_one_explained(folder: Folder) -> None:
    folder.swap(STOPPING, "(feeling ill as the medicine leaves)", "and")
    places = {finding.place for finding in folder.findings()}
    assert places == {f"{STOPPING}:{folder.group_line(STOPPING, 'reports of severe withdrawal')}"}


BANNED = [
    "Some people had 30 mg in a day.",
    "It was 20 MME or so.",
    "Many cut about 10 percent of the dose.",
    "It was lowered by a quarter.",
    "The dose falls every 4 weeks.",
    "Swallow two tablets.",
    "Most have it twice a day.",
    "You can take more then.",
    "You could skip a dose.",
    "Stop taking it.",
    "Stop it suddenly, it is not dangerous.",
    "If it hurts, you have OIH.",
    "Come off it at once.",
    "An addict may say that.",
    "That is drug seeking.",
    "You have OIH.",
    "You do not have OIH.",
    "You probably have OIH.",
    "Your pain is caused by OIH.",
    "You are addicted.",
    "It is in your head.",
    "You can try ketamine.",
    "Wait and see.",
    "It is perfectly safe.",
]


@pytest.mark.parametrize("words", BANNED)
def test_banned_phrase_is_found(folder: Folder, words: str) -> None:
    folder.swap("readability.yml", "  - word: '(ant)?agonists?'\n", "")
    folder.swap(TOLERANCE, "Your body got used to it.", f"Your body got used to it. {words}")
    place = f"{TOLERANCE}:{folder.group_line(TOLERANCE, words)}"
    found = [finding for finding in folder.findings() if "is not explained" not in finding.found]
    assert [(finding.place, finding.severity) for finding in found] == [(place, ERROR)]
    assert found[0].mend


@pytest.mark.parametrize("words", BANNED)
def test_banned_phrase_is_allowed_for_clinicians(folder: Folder, words: str) -> None:
    folder.swap(TOLERANCE, "do not assume tolerance.", f"do not assume tolerance. {words}")
    assert folder.findings() == []


@pytest.mark.parametrize(
    ("file", "old", "new", "anchor"),
    [
        (TOLERANCE, "title: What opioid tolerance is", "title: When to stop taking opioids", "title:"),
        (TOLERANCE, "button: Why does my dose do less now?", "button: Stop taking it?", "button:"),
        (TOLERANCE, "  patient: Experts agree", "  patient: You have OIH. Experts agree", "  patient: You have OIH"),
        ("messages.yml", "no_simpler: I have", "no_simpler: You have OIH. I have", "no_simpler:"),
    ],
)
def test_banned_phrase_is_found_outside_the_texts(folder: Folder, file: str, old: str, new: str, anchor: str) -> None:
    folder.swap(file, old, new)
    folder.expect(f"{file}:{folder.line(file, anchor)}", ERROR, "found in")


@pytest.mark.parametrize(
    "words",
    [
        "Do not stop taking it on your own.",
        "This does not mean that you have OIH.",
        "If you have OIH, other care can help.",
        "Give a second dose of naloxone; you may need to use more naloxone.",
        "Nobody can say whether you have OIH.",
        "Asking for relief is not drug seeking.",
        "The pain is not in your head.",
        "Please do not skip a dose.",
        "Do not sleep it off.",
        "Day and night, every person counts.",
        "About 7 in 10 tablets were left.",
        "Never stop an opioid all at once.",
    ],
)
def test_warning_against_a_banned_phrase_is_allowed(words: str) -> None:
    for phrase in load_wording_rules(CONTENT_DIR).banned_in_patient_texts:
        assert find_banned(words, phrase) == "", phrase.pattern


CERTAIN = ["It always works.", "This proves it.", "It cures pain.", "It definitely helps.", "Relief is guaranteed."]


@pytest.mark.parametrize("words", CERTAIN)
@pytest.mark.parametrize("before", ["jot down", "Loss of effect has other causes"])
def test_certainty_on_weak_evidence_is_found_for_both_audiences(folder: Folder, words: str, before: str) -> None:
    sentence = {"jot down": "Before your next visit, ", "Loss of effect has other causes": ""}[before] + before
    folder.swap(TOLERANCE, sentence, f"{words} {sentence}")
    line = folder.group_line(TOLERANCE, words)
    folder.expect(f"{TOLERANCE}:{line}", ERROR, "where the evidence is 'expert or guideline'")


@pytest.mark.parametrize(
    "words",
    [
        "It does not always work.",
        "No study proves it.",
        "There is no cure.",
        "Nobody can say for sure.",
        "Nothing is guaranteed.",
        "Always tell your doctor.",
        "This is unproven.",
        "Escalation is neither a demand for more nor proof of anything.",
    ],
)
def test_denied_certainty_is_allowed(folder: Folder, words: str) -> None:
    folder.swap(TOLERANCE, "Loss of effect has other causes", f"{words} Loss of effect has other causes")
    assert folder.findings() == []


@pytest.mark.parametrize("words", CERTAIN)
def test_certainty_on_strong_evidence_is_allowed(folder: Folder, words: str) -> None:
    folder.swap(TOLERANCE, "Human demonstration:", f"{words} Human demonstration:")
    assert folder.findings() == []


# --- evidence -------------------------------------------------------------------------------------------------

UNUSED = """
never_cited:
  authors: "Nobody N"
  title: "A study that no text cites"
  publisher: "Journal of Examples 1:1"
  year: 2020
  kind: "RCT"
  verified: true
"""


def test_unused_source_is_a_warning(folder: Folder) -> None:
    folder.write("sources.yml", folder.text("sources.yml") + UNUSED)
    line = folder.line("sources.yml", "never_cited:")
    folder.expect(f"sources.yml:{line}", WARNING, "'never_cited' is used by no text", "cite it")


def test_unverified_source_is_a_warning(folder: Folder) -> None:
    folder.swap("sources.yml", "verified: true", "verified: false")
    first = folder.text("sources.yml").partition(":")[0].strip()
    line = folder.line("sources.yml", f"{first}:")
    folder.expect(f"sources.yml:{line}", WARNING, f"{first!r} is not verified and stands under", "verified: true")


def test_old_references_are_one_warning(folder: Folder) -> None:
    folder.write("sources.yml", re.sub(r"year: (2006|2007)\b", "year: 1990", folder.text("sources.yml")))
    folder.swap("sources.yml", "year: 1990", "year: 1980")
    line = folder.line("sources.yml", "angst2006:")
    folder.expect(f"sources.yml:{line}", WARNING, "older than 25 years: angst2006 (1980)", "newer work")


def test_source_of_exactly_the_set_age_is_not_old(folder: Folder) -> None:
    folder.swap("sources.yml", "year: 2006", "year: 2001")
    assert folder.findings() == []


@pytest.mark.parametrize(("day", "old"), [("2025-11-21", True), ("2025-11-22", False)])
def test_last_check_older_than_twelve_months_is_a_warning(folder: Folder, day: str, old: bool) -> None:
    folder.swap(TOLERANCE, "checked: 2026-11-22", f"checked: {day}")
    if old:
        line = folder.line(TOLERANCE, "checked:")
        folder.expect(f"{TOLERANCE}:{line}", WARNING, "last check on 2025-11-21", "renew `checked`")
    else:
        assert folder.findings() == []


def test_last_check_in_the_future_is_a_warning(folder: Folder) -> None:
    folder.swap(TOLERANCE, "checked: 2026-11-22", "checked: 2027-01-01")
    folder.expect(f"{TOLERANCE}:{folder.line(TOLERANCE, 'checked:')}", WARNING, "yet to come", "real day")


def test_unverified_region_is_a_warning(folder: Folder) -> None:
    folder.swap("regions.yml", "  verified: true", "  verified: false")
    line = folder.line("regions.yml", "  verified: false")
    folder.expect(f"regions.yml:{line}", WARNING, "region 'us' is not verified", "official page")


def test_region_checked_long_ago_is_a_warning(folder: Folder) -> None:
    folder.swap("regions.yml", "checked: 2026-11-22", "checked: 2024-01-01")
    line = folder.line("regions.yml", "checked: 2024")
    folder.expect(f"regions.yml:{line}", WARNING, "region 'us' was last checked on 2024-01-01", "dial")


def test_button_to_an_unwritten_topic_is_found(folder: Folder) -> None:
    folder.write(TOLERANCE, re.sub(r"related: .*", "related: [oih_definition, ketamine]", folder.text(TOLERANCE)))
    line = folder.line(TOLERANCE, "related:")
    folder.expect(f"{TOLERANCE}:{line}", ERROR, "the button to 'ketamine' leads nowhere", "write the topic")


@pytest.mark.parametrize("audience", ["patient", "clinician"])
def test_key_fact_that_an_audience_is_not_told_is_found(folder: Folder, audience: str) -> None:
    words = {"patient": "tolerance fades after a break", "clinician": "it is lost after a break"}[audience]
    folder.swap(TOLERANCE, f"    {audience}: {words}", f"    {audience}: it goes when you pause")
    line = folder.line(TOLERANCE, "it goes when you pause")
    folder.expect(
        f"{TOLERANCE}:{line}", ERROR, f"do not stand in the {audience}'s short or longer text", "say the fact"
    )


def test_key_fact_in_the_simpler_text_alone_is_found(folder: Folder) -> None:
    folder.swap(TOLERANCE, "    patient: by itself it is not addiction", "    patient: Your body got used to it")
    line = folder.line(TOLERANCE, "    patient: Your body")
    folder.expect(f"{TOLERANCE}:{line}", ERROR, "patient's short or longer text", "say the fact")


def test_two_articles_that_say_the_same_are_a_warning(folder: Folder) -> None:
    text = folder.text(DEFINITION)
    short = text[text.index("  short:\n") + len("  short:\n") : text.index("  longer:\n")]
    folder.swap(TOLERANCE, "  longer:\n", f"{short}  longer:\n")
    line = folder.line(TOLERANCE, "  short:")
    folder.expect(f"{TOLERANCE}:{line}", WARNING, "nearly the same as 'oih_definition'", "sets the two topics apart")


# --- safety ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "old", "new"),
    [
        ("reply", "Call {emergency} now. Give naloxone", "Stay calm. Call {emergency} now. Give naloxone"),
        ("again", "Call {emergency} now if help", "I see. Call {emergency} now if help"),
        ("clinician", "Call {emergency} or your emergency team", "Support breathing. Call {emergency} or your team"),
    ],
)
def test_emergency_reply_that_begins_otherwise_is_found(folder: Folder, form: str, old: str, new: str) -> None:
    folder.swap(OVERDOSE, old, new)
    line = folder.group_line(OVERDOSE, new[:12])
    folder.expect(f"{OVERDOSE}:{line}", ERROR, f"{form}: the first sentence names no emergency contact", "begin with")


@pytest.mark.parametrize(
    ("form", "old", "new"),
    [
        ("reply", "Please do not stop suddenly. Call", "Call"),
        ("again", "Until you have their advice, do not stop suddenly.", ""),
    ],
)
def test_reply_that_does_not_warn_of_a_sudden_stop_is_found(folder: Folder, form: str, old: str, new: str) -> None:
    folder.swap(PREGNANCY, old, new)
    line = folder.line(PREGNANCY, f"{form}:")
    folder.expect(f"{PREGNANCY}:{line}", ERROR, f"{form}: does not say 'do not stop suddenly'", "add a sentence")


@pytest.mark.parametrize(
    ("file", "old", "new", "anchor"),
    [
        ("messages.yml", "stale_button: That", "stale_button: (call {clinic}) That", "stale_button:"),
        (TOLERANCE, "  clinician: Well", "  clinician: (call {clinic}) Well", "  clinician: (call"),
    ],
)
def test_placeholder_that_no_region_fills_is_found(folder: Folder, file: str, old: str, new: str, anchor: str) -> None:
    folder.swap(file, old, new)
    line = folder.line(file, anchor)
    folder.expect(f"{file}:{line}", ERROR, "{clinic} stays unfilled in region us, uk", "{emergency}")


def test_placeholder_without_an_end_is_found(folder: Folder) -> None:
    folder.swap("messages.yml", "ask_back: I want", "ask_back: (call {poison) I want")
    line = folder.line("messages.yml", "ask_back:")
    folder.expect(f"messages.yml:{line}", ERROR, "{poison) I want", "no other braces")


# --- the rules themselves -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("weak_strengths:", "weak_strenghts:", "extra fields not permitted"),
        ("  - word: allodynia", "  - word: 'allodynia('", "is not a regular expression"),
        ("  words_in_a_sentence: 25", "  words_in_a_sentence: many", "integer"),
        ("graded_texts:", "graded_texts: []\ngraded_texts:", "stands twice"),
    ],
)
def test_broken_rules_of_wording_are_found(folder: Folder, old: str, new: str, found: str) -> None:
    folder.swap("readability.yml", old, new)
    findings = folder.findings()
    assert any(found in finding.found for finding in findings)
    assert {(finding.file, finding.severity) for finding in findings} == {("readability.yml", ERROR)}


# --- the loader -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "anchor", "found"),
    [
        (TOLERANCE, "evidence:\n", "evidnce: x\nevidence:\n", "evidnce", "unknown key 'evidnce'; allowed: button"),
        (TOLERANCE, "title: What opioid tolerance is\n", "", "topic:", "title: is missing"),
        (TOLERANCE, "title: What opioid tolerance is", "title: 7", "title:", "title: 7 found"),
        (TOLERANCE, "[consensus_terms, chang2007]", "[consensus_terms, nobody1]", "nobody1", "not in sources.yml"),
        (TOLERANCE, "title: What", "title: Twice\ntitle: What", "title: What", "key 'title' stands twice"),
        (
            TOLERANCE,
            "strength: expert or guideline",
            "strength: firm",
            "strength: firm",
            "'firm' is unknown; use one of",
        ),
        (TOLERANCE, "topic: tolerance", "topic: tolerence", "topic:", "the file's name asks for 'tolerance'"),
        (OVERDOSE, "level: emergency", "level: routine", "level:", "the contract says 'emergency'"),
        (OVERDOSE, "{emergency} now. Give", "{ambulance} now. Give", None, "placeholder {ambulance} found"),
        (TOLERANCE, "related: [", "related: [weather, ", "related:", "'weather' is not a topic of the contract"),
    ],
)
def test_loader_refuses(folder: Folder, *, file: str, old: str, new: str, anchor: str | None, found: str) -> None:
    folder.swap(file, old, new)
    line = folder.line(file, anchor) if anchor else folder.group_line(file, "{ambulance}")
    problems = folder.problems()
    assert len(problems) == 1
    assert problems[0].startswith(f"{file}:{line}: ")
    assert found in problems[0]
    assert [(finding.place, finding.severity) for finding in folder.findings()] == [(f"{file}:{line}", ERROR)]


@pytest.mark.parametrize("indent", ["", "      "])
@pytest.mark.parametrize("key", ["nlu", "responses", "stories", "rules"])
def test_loader_refuses_lines_that_rasa_would_read(folder: Folder, key: str, indent: str) -> None:
    words = "It is a normal way for the body to adapt."
    folder.swap(TOLERANCE, words, f"{words}\n\n{indent}{key}: no" if indent else words)
    if not indent:
        folder.write(TOLERANCE, f"# a note\n{key}: x\n" + folder.text(TOLERANCE))
    line = folder.line(TOLERANCE, f"{key}:")
    assert any(problem.startswith(f"{TOLERANCE}:{line}: ") and "Rasa" in problem for problem in folder.problems())


def test_loader_refuses_a_phrasing_under_two_topics(folder: Folder) -> None:
    phrasing = re.findall(r'^  - "(.*)"$', folder.text(DEFINITION), re.MULTILINE)[0]
    folder.write(TOLERANCE, folder.text(TOLERANCE) + f'  - "{phrasing.upper()}!!"\n')
    line = folder.line(TOLERANCE, phrasing.upper())
    (problem,) = folder.problems()
    assert problem.startswith(f"{TOLERANCE}:{line}: ")
    assert "also stands in oih_definition (phrasing 1)" in problem


def test_loader_refuses_what_is_not_utf8(folder: Folder) -> None:
    data = (folder.root / TOLERANCE).read_bytes()
    (folder.root / TOLERANCE).write_bytes(data.replace(b"normal way", b"normal w\xe9y", 1))
    (problem,) = folder.problems()
    line = data[: data.index(b"normal way")].count(b"\n") + 1
    assert problem == f"{TOLERANCE}:{line}: is not UTF-8 text"


def test_loader_refuses_broken_yaml(folder: Folder) -> None:
    folder.swap(TOLERANCE, "related: [", "related: [[")
    (problem,) = folder.problems()
    assert re.match(rf"{TOLERANCE}:\d+: is not valid YAML: ", problem)


def test_loader_refuses_an_empty_file(folder: Folder) -> None:
    folder.write(TOLERANCE, "# nothing yet\n")
    assert folder.problems() == (f"{TOLERANCE}:1: is empty",)


def test_loader_refuses_an_unknown_topic(folder: Folder) -> None:
    folder.write("articles/weather.yml", folder.text(TOLERANCE).replace("topic: tolerance", "topic: weather"))
    assert folder.problems() == ("articles/weather.yml:1: 'weather' is not one of the contract's curated topics",)


def test_loader_refuses_a_file_that_is_no_topic(folder: Folder) -> None:
    folder.write("articles/notes.txt", "do not forget")
    assert folder.problems() == ("articles/notes.txt:1: only files that end in .yml are allowed here",)


def test_loader_asks_for_every_missing_topic(folder: Folder) -> None:
    contract = load_content(folder.root, every_topic=False).contract
    missing = [name for name in contract.ids if name not in {name for names in KEPT.values() for name in names}]
    problems = folder.problems(every_topic=True)
    assert len(problems) == len(missing)
    assert "articles/ketamine.yml:1: is missing; the contract asks for it" in problems


def test_all_problems_are_reported_at_once(folder: Folder) -> None:
    folder.swap(TOLERANCE, "title: What opioid tolerance is", "title: 7")
    folder.swap(DEFINITION, "[angst2006, lee2011, fda2023]", "[nobody1]")
    folder.swap(OVERDOSE, "level: emergency", "level: routine")
    folder.write(PREGNANCY, "")
    folder.swap("readability.yml", "weak_strengths:", "weak_strenghts:")
    files = [finding.file for finding in folder.findings()]
    assert sorted(set(files)) == sorted([TOLERANCE, DEFINITION, OVERDOSE, PREGNANCY, "readability.yml"])


def test_all_findings_are_reported_at_once(folder: Folder) -> None:
    folder.swap(TOLERANCE, "checked: 2026-11-22", "checked: 2020-01-01")
    folder.swap(TOLERANCE, "Your body got used to it.", "Your body got used to it. You have OIH.")
    folder.swap(OVERDOSE, "Call {emergency} now. Give", "Stay calm. Give")
    found = {(finding.file, finding.severity) for finding in folder.findings()}
    assert found >= {(TOLERANCE, WARNING), (TOLERANCE, ERROR), (OVERDOSE, ERROR)}


# --- the command and the real content -------------------------------------------------------------------------


def test_command_prints_findings_by_file_and_fails_on_errors(
    folder: Folder, capsys: pytest.CaptureFixture[str]
) -> None:
    folder.write(TOLERANCE, "")
    assert main([str(folder.root)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert TOLERANCE in lines
    assert any(line.startswith(f"  {TOLERANCE}:1: error: is empty") for line in lines)
    assert re.fullmatch(r"\d+ errors, 0 warnings in \d+ files", lines[-1])


def test_real_content_has_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    findings = check_content()
    assert [finding for finding in findings if finding.severity is ERROR] == []
    assert main([]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith("0 errors, ")
