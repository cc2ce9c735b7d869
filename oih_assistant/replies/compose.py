"""Build replies from curated content. No sentence of a reply comes from anywhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from oih_assistant.content.models import Audience, Content, Kind, Region, Statements
from oih_assistant.content.regions import fill_contacts
from oih_assistant.replies.reply import Button, Reply, topic_button

FORMS = ("short", "longer", "simpler")


@dataclass(frozen=True)
class Composer:
    """Everything a reply is made of: the content, and the region whose numbers are shown."""

    content: Content
    region: Region

    def message(self, name: str) -> str:
        """One of the assistant's own messages, contacts filled in."""
        return fill_contacts(getattr(self.content.messages, name), self.region)

    # --- pieces ---------------------------------------------------------------------------------------------

    def _text(self, groups: Sequence[Statements]) -> str:
        return fill_contacts("\n\n".join(group.text for group in groups), self.region)

    def sources(self, groups: Sequence[Statements]) -> List[Dict[str, Any]]:
        """The references of statement groups, each once, in order of first use."""
        found: Dict[str, Dict[str, Any]] = {}
        for group in groups:
            for key in group.sources:
                if key not in found:
                    source = self.content.sources[key]
                    found[key] = {"key": key, "citation": source.citation(), "url": source.link}
        return list(found.values())

    def _payload(
        self, topic: str, audience: Optional[Audience], form: str, groups: Sequence[Statements]
    ) -> Dict[str, Any]:
        kind = self.content.contract.kind_of(topic)
        level = self.content.level_of(topic)
        return {
            "topic": topic,
            "kind": kind.value if kind else "none",
            "level": level.value if level else None,
            "audience": (audience or Audience.PATIENT).value,
            "form": form,
            "sources": self.sources(groups),
            "strengths": sorted({group.strength.value for group in groups if group.strength}),
            "content_digest": self.content.digest,
        }

    def _topic_buttons(self, topics: Sequence[str], limit: int) -> Tuple[Button, ...]:
        written = self.content.topics
        return tuple(topic_button(written[topic].button, topic) for topic in topics if topic in written)[:limit]

    # --- replies --------------------------------------------------------------------------------------------

    def note(self, name: str, *, kind: str = "dialogue", buttons: Tuple[Button, ...] = ()) -> Reply:
        """A reply that consists of one of the assistant's own messages."""
        payload: Dict[str, Any] = {"topic": None, "kind": kind, "level": None, "sources": [], "message": name}
        payload["content_digest"] = self.content.digest
        return Reply(self.message(name), buttons, payload)

    def article(self, topic: str, audience: Optional[Audience], form: str = "short") -> Reply:
        """A curated answer.

        Args:
            topic: a curated topic; one without a text is answered honestly with an offer of a clinician.
            audience: whose wording; the patient's where it is not known.
            form: short, longer or simpler (clinicians have no simpler one and get the short one).
        """
        article = self.content.articles.get(topic)
        if article is None:
            return self._missing(topic, audience)
        texts = article.clinician if audience is Audience.CLINICIAN else article.patient
        groups: Sequence[Statements] = getattr(texts, form, texts.short)
        evidence = article.evidence.clinician if audience is Audience.CLINICIAN else article.evidence.patient
        body = self._text(groups)
        disclaimer = self.message("disclaimer_short")
        if article.clinical_review == "pending":
            disclaimer += " " + self.message("unreviewed")
        buttons: List[Button] = []
        if form != "longer":
            buttons.append(topic_button(self.message("more_button"), "more_detail"))
        if form != "simpler" and audience is not Audience.CLINICIAN:
            buttons.append(topic_button(self.message("simpler_button"), "simpler"))
        payload = self._payload(topic, audience, form, groups)
        payload.update(
            title=article.title,
            body=body,
            evidence=evidence,
            disclaimer=disclaimer,
            clinical_review="pending" if article.clinical_review == "pending" else "reviewed",
        )
        text = "\n\n".join([body, evidence, disclaimer])
        return Reply(text, (*buttons, *self._topic_buttons(article.related, 3)), payload)

    def _missing(self, topic: str, audience: Optional[Audience]) -> Reply:
        buttons = (topic_button(self.message("clinician_button"), "talk_to_clinician"),)
        return Reply(self.message("article_missing"), buttons, self._payload(topic, audience, "missing", ()))

    def safety(self, topic: str, audience: Optional[Audience], *, repeated: bool) -> Reply:
        """The reply to a danger or to a wish that needs a person: the number to call comes first.

        Args:
            topic: a safety topic.
            audience: clinicians get their own wording, except in an emergency of their own.
            repeated: whether the same topic was answered just before; then the second wording is used.
        """
        written = self.content.safety.get(topic)
        if written is None:
            return self._missing(topic, audience)
        groups = written.clinician if audience is Audience.CLINICIAN else written.again if repeated else written.reply
        buttons = [topic_button(self.message("clinician_button"), "talk_to_clinician")]
        payload = self._payload(topic, audience, "again" if repeated else "short", groups)
        payload.update(title=written.title, body=self._text(groups))
        return Reply(self._text(groups), (*buttons, *self._topic_buttons(written.related, 3)), payload)

    def dialogue(self, topic: str, audience: Optional[Audience], *, repeated: bool = False) -> Reply:
        """The reply to a topic about the conversation itself."""
        written = self.content.dialogue.get(topic)
        if written is None:
            return self._missing(topic, audience)
        groups = written.clinician if audience is Audience.CLINICIAN and written.clinician else written.reply
        if repeated and written.again:
            groups = written.again
        payload = self._payload(topic, audience, "short", groups)
        payload.update(title=written.title, body=self._text(groups))
        return Reply(self._text(groups), self._topic_buttons(written.related, 4), payload)

    def ask_back(self, topics: Sequence[str], audience: Optional[Audience], *, repeated: bool) -> Reply:
        """A question back with up to three topics to choose from, by title."""
        buttons = list(self._topic_buttons(topics, 3))
        buttons.append(
            topic_button(self.message("clinician_button"), "talk_to_clinician")
            if repeated
            else topic_button(self.message("none_of_these_button"), "deny")
        )
        payload = {
            "topic": None,
            "kind": "ask_back",
            "level": None,
            "audience": (audience or Audience.PATIENT).value,
            "offered": list(topics[:3]),
            "sources": [],
            "content_digest": self.content.digest,
        }
        return Reply(self.message("ask_back_again" if repeated else "ask_back"), tuple(buttons), payload)

    def ask_danger(self, topics: Sequence[str], audience: Optional[Audience]) -> Reply:
        """A kind, direct question where a danger is possible but not clear."""
        reply = self.ask_back(topics, audience, repeated=False)
        return Reply(self.message("ask_danger"), reply.buttons, {**reply.payload, "kind": "ask_danger"})

    def source_list(self, topic: str, audience: Optional[Audience]) -> Reply:
        """All references of the article last shown."""
        article = self.content.articles.get(topic)
        written = self.content.safety.get(topic) or self.content.dialogue.get(topic)
        if article is None and written is None:
            return self.note("nothing_to_expand")
        if article is not None:
            texts = article.clinician if audience is Audience.CLINICIAN else article.patient
            groups: Sequence[Statements] = (*texts.short, *texts.longer)
        else:
            groups = written.reply if written else ()
        payload = self._payload(topic, audience, "sources", groups)
        lines = [
            f"{number}. {item['citation']} {item['url'] or ''}".strip()
            for number, item in enumerate(payload["sources"], 1)
        ]
        if not lines:
            return self.dialogue("sources", audience)
        return Reply("\n".join([self.message("sources_lead"), *lines]), self._topic_buttons([topic], 1), payload)

    def introduction(self, *, ask_audience: bool) -> Reply:
        """What this is, what it is not, and the emergency number: once, at the start of a conversation."""
        buttons: Tuple[Button, ...] = ()
        text = self.message("introduction")
        if ask_audience:
            text += "\n\n" + self.message("audience_question")
            buttons = self.audience_buttons()
        return Reply(text, buttons, {**self.note("introduction").payload, "kind": "introduction"})

    def audience_buttons(self) -> Tuple[Button, ...]:
        """The two audiences to choose from."""
        return (
            topic_button(self.message("audience_patient_button"), "i_am_patient"),
            topic_button(self.message("audience_clinician_button"), "i_am_clinician"),
        )

    def kind_of(self, topic: str) -> Optional[Kind]:
        """The kind of a topic in the contract."""
        return self.content.contract.kind_of(topic)
