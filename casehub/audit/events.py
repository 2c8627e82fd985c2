"""Every event the log can hold, its category (EU 2016/680 art. 25 and DESIGN) and the Danish words a reviewer reads."""

from enum import StrEnum


class Category(StrEnum):
    """EU 2016/680 art. 25, plus what an authority's reviewer must also be able to find."""

    COLLECTION = "collection"
    ALTERATION = "alteration"
    CONSULTATION = "consultation"
    DISCLOSURE = "disclosure"
    COMBINATION = "combination"
    ERASURE = "erasure"
    SEARCH = "search"
    LIST = "list"
    LOGIN = "login"
    POLICY = "policy"
    KEY = "key"


class Event(StrEnum):
    """An event is past tense; a refused attempt is the same event with outcome `refused`."""

    CASE_REFERRED = "case.referred"
    CASE_SEARCHED = "case.searched"
    CASE_LISTED = "case.listed"
    CASE_READ = "case.read"
    CASE_SHARED = "case.shared"
    CASE_MOVED = "case.moved"
    CASE_ANSWER_NOTED = "case.answer_noted"
    CASE_CARD_RENEWED = "case.card_renewed"
    CASE_VIEWERS_READ = "case.viewers_read"
    ACCESS_EXPLAINED = "access.explained"
    CASE_EXPORTED = "case.exported"
    STEP_READ = "step.read"
    STEP_COMPLETED = "step.completed"
    STEP_SKIPPED = "step.skipped"
    STEP_MARKED_IMPOSSIBLE = "step.marked_impossible"
    STEP_EXTENDED = "step.extended"
    STEP_SUSPENDED = "step.suspended"
    STEP_REPEATED = "step.repeated"
    STEP_REOPENED = "step.reopened"
    STEP_ADDED = "step.added"
    STEP_HANDED_OVER = "step.handed_over"
    STEP_ASSIGNED = "step.assigned"
    STEP_REMINDED = "step.reminded"
    STEP_OVERDUE = "step.overdue"
    STEP_ESCALATED = "step.escalated"
    TASK_REMINDED = "task.reminded"
    TASK_OVERDUE = "task.overdue"
    TASK_ESCALATED = "task.escalated"
    NOTE_WRITTEN = "note.written"
    ASSESSMENT_WRITTEN = "assessment.written"
    FILE_WRITTEN = "file.written"
    FILE_READ = "file.read"
    FILE_REFUSED = "file.refused"
    ITEM_DISCLOSED = "item.disclosed"
    ITEM_RECALLED = "item.recalled"
    RECALL_READ = "recall.read"
    BREACH_BEGUN = "breach.begun"
    BREACH_READ = "breach.read"
    BREACH_SAVED = "breach.saved"
    BREACH_CONCLUDED = "breach.concluded"
    ITEM_OPENING_FAILED = "item.opening_failed"
    DISCLOSURE_RECORDED = "disclosure.recorded"
    CONSENT_RECORDED = "consent.recorded"
    CONSENT_WITHDRAWN = "consent.withdrawn"
    GRANT_ACCEPTED = "grant.accepted"
    GRANT_REFUSED = "grant.refused"
    CONTACTS_READ = "contacts.read"
    CONTACT_GIVEN = "contact.given"
    CONTACT_CHANGED = "contact.changed"
    ABSENCE_NOTED = "absence.noted"
    ABSENCE_ENDED = "absence.ended"
    DUTY_PHONE_SAVED = "duty_phone.saved"
    DRAFT_SAVED = "draft.saved"
    DRAFT_READ = "draft.read"
    MESSAGES_READ = "messages.read"
    MESSAGE_OPENED = "message.opened"
    MESSAGES_MARKED = "messages.marked"
    MESSAGES_TOLD = "messages.told"
    MESSAGE_CHOICE_READ = "message_choice.read"
    MESSAGE_CHOICE_SAVED = "message_choice.saved"
    CALENDAR_READ = "calendar.read"
    CALENDAR_ADDRESS_READ = "calendar_address.read"
    CALENDAR_ADDRESS_MADE = "calendar_address.made"
    CALENDAR_ADDRESS_ENDED = "calendar_address.ended"
    LOG_READ = "log.read"
    LOG_SEARCHED = "log.searched"
    LOG_SAMPLED = "log.sampled"
    LOG_REPORTED = "log.reported"
    DESK_READ = "desk.read"
    SIGNAL_FOUND = "signal.found"
    SIGNAL_READ = "signal.read"
    SIGNAL_SET_ASIDE = "signal.set_aside"
    REVIEW_OPENED = "review.opened"
    REVIEW_READ = "review.read"
    REVIEW_ASKED = "review.asked"
    REVIEW_ANSWERED = "review.answered"
    REVIEW_CONCLUDED = "review.concluded"
    REVIEW_RETURNED = "review.returned"
    REVIEW_CLOSED = "review.closed"
    LOG_EXPORTED = "log.exported"
    LOG_CONTENT_ERASED = "log.content_erased"
    LOG_ROWS_LISTED = "log.rows_listed"
    ADMINISTRATION_READ = "administration.read"
    SIGNED_IN = "session.signed_in"
    SIGNED_OUT = "session.signed_out"
    ORGANISATION_LOADED = "organisation.loaded"
    STAFF_ADDED = "staff.added"
    STAFF_MAIL_SAVED = "staff.mail_saved"
    STAFF_APPOINTED = "staff.appointed"
    STAFF_RETIRED = "staff.retired"
    JOBS_RETRIED = "jobs.retried"
    DEFINITIONS_ACTIVATED = "definitions.activated"
    KEYS_CREATED = "keys.created"
    KEYS_PINNED = "keys.pinned"
    KEYS_READ = "keys.read"
    KEYS_ROTATION_BEGUN = "keys.rotation_begun"
    KEYS_ROTATED = "keys.rotated"
    KEYS_RETIRED = "keys.retired"
    KEYS_BACKED_UP = "keys.backed_up"
    KEYS_RESTORED = "keys.restored"
    LOG_KEY_ROTATED = "log.key_rotated"
    KEYS_SHARES_DESTROYED = "keys.shares_destroyed"
    KEYSTORE_FAILED = "keystore.failed"
    CASE_ERASED = "case.erased"
    ERASURE_DATED = "erasure.dated"
    ERASURE_FINISHED = "erasure.finished"
    HOLD_SET = "hold.set"
    HOLD_LIFTED = "hold.lifted"
    GLASS_BROKEN = "glass.broken"
    GLASS_READ = "glass.read"
    EXCLUSION_SET = "exclusion.set"
    EXCLUSION_LIFTED = "exclusion.lifted"
    APPROVAL_READ = "approval.read"
    APPROVAL_ASKED = "approval.asked"
    APPROVAL_CONFIRMED = "approval.confirmed"
    APPROVAL_DECLINED = "approval.declined"
    APPROVAL_WITHDRAWN = "approval.withdrawn"
    APPROVAL_EXPIRED = "approval.expired"
    ACCESS_REPORT_PREPARED = "access_report.prepared"
    ACCESS_REPORT_READ = "access_report.read"
    ACCESS_REPORT_MADE = "access_report.made"
    MEETING_LISTED = "meeting.listed"
    MEETING_READ = "meeting.read"
    MEETING_CALLED = "meeting.called"
    MEETING_CONFIRMED = "meeting.confirmed"
    MEETING_HELD = "meeting.held"
    MEETING_MOVED = "meeting.moved"
    MEETING_CANCELLED = "meeting.cancelled"
    MINUTES_WRITTEN = "minutes.written"
    DECISION_WRITTEN = "decision.written"
    DECISION_COMPLETED = "decision.completed"
    FORUM_READ = "forum.read"
    FORUM_MEETING_CALLED = "forum.meeting_called"
    FORUM_MINUTES_WRITTEN = "forum.minutes_written"
    FORUM_MINUTES_APPROVED = "forum.minutes_approved"
    FORUM_MINUTES_SENT = "forum.minutes_sent"
    PLAN_WRITTEN = "plan.written"
    PLAN_ADOPTED = "plan.adopted"
    WHEEL_READ = "wheel.read"
    WHEEL_MADE = "wheel.made"
    WHEEL_COMPLETED = "wheel.completed"

    @property
    def category(self) -> Category:
        """The kind of processing this event is."""
        return _MEANING[self][0]

    @property
    def text(self) -> str:
        """What a reviewer reads, in Danish."""
        return _MEANING[self][1]


_MEANING: dict[Event, tuple[Category, str]] = {
    Event.CASE_REFERRED: (Category.COLLECTION, "Oprettede en henvendelse"),
    Event.CASE_SEARCHED: (Category.SEARCH, "Søgte efter en borger"),
    Event.CASE_LISTED: (Category.LIST, "Så en liste over sager"),
    Event.CASE_READ: (Category.CONSULTATION, "Åbnede en sag"),
    Event.CASE_SHARED: (Category.DISCLOSURE, "Delte sagen med parter"),
    Event.CASE_ANSWER_NOTED: (Category.ALTERATION, "Noterede, at en enheds vagttelefon blev taget"),
    Event.CASE_CARD_RENEWED: (
        Category.ALTERATION,
        "Flyttede en sag til en nyere udgave af dens handlingskort",
    ),
    Event.CASE_MOVED: (Category.ALTERATION, "Noterede, at borgeren er flyttet til en anden kommune"),
    Event.CASE_VIEWERS_READ: (Category.CONSULTATION, "Så, hvem der har set en sag"),
    Event.ACCESS_EXPLAINED: (Category.CONSULTATION, "Så, hvem der kan se en sag, og hvorfor"),
    Event.CASE_EXPORTED: (Category.CONSULTATION, "Tog en sag ud til myndighedens egen journal"),
    Event.STEP_READ: (Category.CONSULTATION, "Åbnede et trin i en sag"),
    Event.STEP_COMPLETED: (Category.ALTERATION, "Udførte et trin"),
    Event.STEP_SKIPPED: (Category.ALTERATION, "Noterede et trin som ikke nødvendigt"),
    Event.STEP_MARKED_IMPOSSIBLE: (Category.ALTERATION, "Noterede et trin som umuligt"),
    Event.STEP_EXTENDED: (Category.ALTERATION, "Forlængede en frist"),
    Event.STEP_SUSPENDED: (Category.ALTERATION, "Satte en frist i bero"),
    Event.STEP_REPEATED: (Category.ALTERATION, "Begyndte et trin igen"),
    Event.STEP_REOPENED: (Category.ALTERATION, "Genåbnede et trin"),
    Event.STEP_ADDED: (Category.ALTERATION, "Føjede et trin til en sag"),
    Event.STEP_HANDED_OVER: (Category.ALTERATION, "Overdrog et trin til en anden myndighed"),
    Event.STEP_ASSIGNED: (Category.ALTERATION, "Gav et trin til en medarbejder"),
    Event.STEP_REMINDED: (Category.ALTERATION, "Mindede om en frist"),
    Event.STEP_OVERDUE: (Category.ALTERATION, "Et trin gik over fristen"),
    Event.STEP_ESCALATED: (
        Category.ALTERATION,
        "Gav en overskreden frist videre til stedfortræder eller leder",
    ),
    Event.TASK_REMINDED: (Category.ALTERATION, "Mindede om fristen for en opgave eller et referat"),
    Event.TASK_OVERDUE: (Category.ALTERATION, "En opgave eller et referat gik over fristen"),
    Event.TASK_ESCALATED: (
        Category.ALTERATION,
        "Gav en overskreden opgave eller et manglende referat videre til stedfortræder eller leder",
    ),
    Event.NOTE_WRITTEN: (Category.COLLECTION, "Skrev et notat"),
    Event.ASSESSMENT_WRITTEN: (Category.COLLECTION, "Skrev en risikovurdering"),
    Event.FILE_WRITTEN: (Category.COLLECTION, "Lagde en fil på en sag"),
    Event.FILE_READ: (Category.CONSULTATION, "Hentede en fil"),
    Event.FILE_REFUSED: (Category.COLLECTION, "En fil blev afvist af virusscanneren"),
    Event.ITEM_DISCLOSED: (Category.DISCLOSURE, "Videregav oplysninger"),
    Event.ITEM_RECALLED: (Category.ALTERATION, "Trak oplysninger tilbage"),
    Event.RECALL_READ: (Category.CONSULTATION, "Så, hvem der har åbnet en oplysning"),
    Event.BREACH_BEGUN: (Category.COLLECTION, "Begyndte en brudrapport"),
    Event.BREACH_READ: (Category.CONSULTATION, "Åbnede en brudrapport"),
    Event.BREACH_SAVED: (Category.ALTERATION, "Skrev i en brudrapport"),
    Event.BREACH_CONCLUDED: (Category.ALTERATION, "Afsluttede en brudrapport"),
    Event.ITEM_OPENING_FAILED: (Category.CONSULTATION, "En forseglet oplysning kunne ikke åbnes"),
    Event.DISCLOSURE_RECORDED: (Category.DISCLOSURE, "Noterede en mundtlig videregivelse"),
    Event.CONSENT_RECORDED: (Category.COLLECTION, "Skrev et samtykke op"),
    Event.CONSENT_WITHDRAWN: (Category.ALTERATION, "Noterede, at borgeren trak sit samtykke tilbage"),
    Event.GRANT_ACCEPTED: (Category.KEY, "Modtog adgang til videregivne oplysninger"),
    Event.GRANT_REFUSED: (Category.KEY, "Afviste en adgang uden gyldig underskrift"),
    Event.CONTACTS_READ: (Category.CONSULTATION, "Så sine opgaver og kontakter"),
    Event.CONTACT_GIVEN: (Category.POLICY, "Gav en medarbejder en kontaktopgave"),
    Event.CONTACT_CHANGED: (Category.POLICY, "Ændrede, hvor længe en medarbejder har en kontaktopgave"),
    Event.ABSENCE_NOTED: (Category.POLICY, "Noterede, hvornår en medarbejder er fraværende"),
    Event.DUTY_PHONE_SAVED: (Category.POLICY, "Skrev en enheds vagttelefon"),
    Event.ABSENCE_ENDED: (Category.POLICY, "Afsluttede en medarbejders fravær"),
    Event.DRAFT_SAVED: (Category.COLLECTION, "Gemte en ufærdig tekst"),
    Event.DRAFT_READ: (Category.CONSULTATION, "Hentede en ufærdig tekst"),
    Event.MESSAGES_READ: (Category.LIST, "Så sine beskeder"),
    Event.MESSAGE_OPENED: (Category.CONSULTATION, "Åbnede en besked"),
    Event.MESSAGES_MARKED: (Category.ALTERATION, "Markerede sine beskeder som læst"),
    Event.MESSAGES_TOLD: (Category.COLLECTION, "Gav medarbejdere besked om, at der er noget at se"),
    Event.MESSAGE_CHOICE_READ: (Category.CONSULTATION, "Så, hvordan man får sine beskeder"),
    Event.MESSAGE_CHOICE_SAVED: (Category.ALTERATION, "Valgte, hvordan man får sine beskeder"),
    Event.CALENDAR_READ: (Category.LIST, "Hentede sine frister og møder til sin egen kalender"),
    Event.CALENDAR_ADDRESS_READ: (Category.CONSULTATION, "Så, om man har en kalenderadresse"),
    Event.CALENDAR_ADDRESS_MADE: (Category.ALTERATION, "Lavede en kalenderadresse"),
    Event.CALENDAR_ADDRESS_ENDED: (Category.ALTERATION, "Lukkede sin kalenderadresse"),
    Event.LOG_READ: (Category.CONSULTATION, "Læste loggen"),
    Event.LOG_SEARCHED: (Category.SEARCH, "Søgte i loggen"),
    Event.LOG_SAMPLED: (Category.SEARCH, "Udtog en stikprøve af opslag"),
    Event.LOG_REPORTED: (Category.CONSULTATION, "Hentede en månedsrapport"),
    Event.DESK_READ: (Category.CONSULTATION, "Så, hvad der venter på kontrol"),
    Event.SIGNAL_FOUND: (Category.COMBINATION, "Fandt signaler i loggen"),
    Event.SIGNAL_READ: (Category.CONSULTATION, "Så på et signal"),
    Event.SIGNAL_SET_ASIDE: (Category.ALTERATION, "Lagde et signal til side"),
    Event.REVIEW_OPENED: (Category.COLLECTION, "Åbnede en kontrolsag"),
    Event.REVIEW_READ: (Category.CONSULTATION, "Læste en kontrolsag"),
    Event.REVIEW_ASKED: (Category.COLLECTION, "Bad en medarbejder om en forklaring"),
    Event.REVIEW_ANSWERED: (Category.COLLECTION, "Forklarede sine opslag"),
    Event.REVIEW_CONCLUDED: (Category.ALTERATION, "Afgjorde en kontrolsag"),
    Event.REVIEW_RETURNED: (Category.ALTERATION, "Sendte en kontrolsag tilbage"),
    Event.REVIEW_CLOSED: (Category.ALTERATION, "Lukkede en kontrolsag"),
    Event.LOG_EXPORTED: (Category.CONSULTATION, "Hentede loggen ud til kontrol"),
    Event.LOG_CONTENT_ERASED: (Category.ERASURE, "Slettede indholdet af hændelser i loggen"),
    Event.LOG_ROWS_LISTED: (Category.POLICY, "Tog de rækker, der allerede var der, ind under loggen"),
    Event.ADMINISTRATION_READ: (Category.CONSULTATION, "Så administrationen"),
    Event.SIGNED_IN: (Category.LOGIN, "Loggede ind"),
    Event.SIGNED_OUT: (Category.LOGIN, "Loggede ud"),
    Event.ORGANISATION_LOADED: (Category.POLICY, "Organisationen blev indlæst"),
    Event.STAFF_ADDED: (Category.POLICY, "En medarbejder blev oprettet"),
    Event.STAFF_APPOINTED: (Category.POLICY, "Udpegede, hvem der passer myndighedens kontakter"),
    Event.STAFF_RETIRED: (Category.POLICY, "Noterede, at en medarbejder er fratrådt, og hvem der tager over"),
    Event.STAFF_MAIL_SAVED: (Category.ALTERATION, "Skrev, hvor en medarbejder får mail"),
    Event.JOBS_RETRIED: (Category.POLICY, "Satte baggrundsarbejde, der mislykkedes, i gang igen"),
    Event.DEFINITIONS_ACTIVATED: (Category.POLICY, "Kort, netværk og regler blev taget i brug"),
    Event.KEYS_CREATED: (Category.KEY, "Myndighedens nøgler blev oprettet"),
    Event.KEYS_PINNED: (Category.KEY, "Myndighedens offentlige nøgler blev godkendt hos en anden myndighed"),
    Event.KEYS_READ: (Category.KEY, "Myndighedens nøgler blev talt op"),
    Event.KEYS_ROTATION_BEGUN: (Category.KEY, "Udskiftning af en af myndighedens nøgler begyndte"),
    Event.KEYS_ROTATED: (Category.KEY, "Data blev lagt ind under myndighedens nye nøgle"),
    Event.KEYS_RETIRED: (Category.KEY, "En udskiftet nøgle blev taget ud af brug"),
    Event.KEYS_BACKED_UP: (Category.KEY, "Myndighedens hovednøgle blev delt mellem nøgleforvaltere"),
    Event.KEYS_RESTORED: (Category.KEY, "Myndighedens hovednøgle blev gendannet af nøgleforvaltere"),
    Event.LOG_KEY_ROTATED: (Category.KEY, "Loggens nøgle blev udskiftet"),
    Event.KEYS_SHARES_DESTROYED: (
        Category.KEY,
        "Nøgleforvalternes dele af en gammel hovednøgle blev ødelagt",
    ),
    Event.KEYSTORE_FAILED: (Category.KEY, "Myndighedernes nøgler kunne ikke låses op"),
    Event.CASE_ERASED: (Category.ERASURE, "Slettede myndighedens del af en sag"),
    Event.ERASURE_DATED: (Category.ERASURE, "Dagen for den endelige sletning blev kendt"),
    Event.ERASURE_FINISHED: (
        Category.ERASURE,
        "Det slettede kan heller ikke hentes frem af en sikkerhedskopi",
    ),
    Event.HOLD_SET: (Category.ALTERATION, "Satte slettestop på en sag"),
    Event.HOLD_LIFTED: (Category.ALTERATION, "Ophævede slettestop på en sag"),
    Event.GLASS_BROKEN: (Category.CONSULTATION, "Åbnede en borgers sag med nødadgang"),
    Event.GLASS_READ: (Category.LIST, "Så sine nødadgange"),
    Event.EXCLUSION_SET: (Category.ALTERATION, "Udelukkede en medarbejder fra en sag"),
    Event.EXCLUSION_LIFTED: (Category.ALTERATION, "Ophævede en medarbejders udelukkelse fra en sag"),
    Event.APPROVAL_READ: (Category.CONSULTATION, "Så, hvad der venter på to personers godkendelse"),
    Event.APPROVAL_ASKED: (Category.ALTERATION, "Bad en kollega om at godkende noget"),
    Event.APPROVAL_CONFIRMED: (Category.ALTERATION, "Godkendte det, en kollega bad om"),
    Event.APPROVAL_DECLINED: (Category.ALTERATION, "Afviste det, en kollega bad om"),
    Event.APPROVAL_WITHDRAWN: (Category.ALTERATION, "Trak en anmodning om godkendelse tilbage"),
    Event.APPROVAL_EXPIRED: (Category.ALTERATION, "En anmodning om godkendelse udløb uden svar"),
    Event.ACCESS_REPORT_PREPARED: (Category.CONSULTATION, "Fandt en borgers sager for at svare borgeren"),
    Event.ACCESS_REPORT_READ: (Category.CONSULTATION, "Så, hvad der kan stå i et svar til en borger"),
    Event.ACCESS_REPORT_MADE: (Category.DISCLOSURE, "Lavede et svar til en borger, der vil have indsigt"),
    Event.MEETING_LISTED: (Category.LIST, "Så en liste over møder"),
    Event.MEETING_READ: (Category.CONSULTATION, "Åbnede et møde og dets dagsorden"),
    Event.MEETING_CALLED: (Category.ALTERATION, "Indkaldte til et møde"),
    Event.MEETING_CONFIRMED: (Category.ALTERATION, "Bekræftede sin tavshedspligt til et møde"),
    Event.MEETING_HELD: (Category.ALTERATION, "Noterede, at et møde er holdt, og hvem der var der"),
    Event.MEETING_MOVED: (Category.ALTERATION, "Flyttede et møde til et andet tidspunkt eller sted"),
    Event.MEETING_CANCELLED: (Category.ALTERATION, "Aflyste et møde"),
    Event.MINUTES_WRITTEN: (Category.COLLECTION, "Skrev referat af et møde i en sag"),
    Event.DECISION_WRITTEN: (Category.COLLECTION, "Skrev en beslutning fra et møde i en sag"),
    Event.DECISION_COMPLETED: (Category.ALTERATION, "Udførte en opgave fra et møde"),
    Event.FORUM_READ: (Category.CONSULTATION, "Så et forum, et møde i det eller en plan"),
    Event.FORUM_MEETING_CALLED: (Category.ALTERATION, "Indkaldte til et møde i et forum"),
    Event.FORUM_MINUTES_WRITTEN: (Category.ALTERATION, "Skrev et forums referat"),
    Event.FORUM_MINUTES_APPROVED: (Category.ALTERATION, "Godkendte et forums referat"),
    Event.FORUM_MINUTES_SENT: (Category.ALTERATION, "Sendte et forums referat ud"),
    Event.PLAN_WRITTEN: (Category.ALTERATION, "Skrev i en samordnet handlingsplan"),
    Event.PLAN_ADOPTED: (Category.ALTERATION, "Vedtog en samordnet handlingsplan"),
    Event.WHEEL_READ: (Category.CONSULTATION, "Så årshjulet"),
    Event.WHEEL_MADE: (Category.ALTERATION, "Lavede årshjulets opgaver"),
    Event.WHEEL_COMPLETED: (Category.ALTERATION, "Udførte en opgave i årshjulet"),
}

# looking at what is in a case; a list, or what waits for one, is not
LOOK_UPS = frozenset({Event.CASE_READ, Event.CASE_EXPORTED, Event.STEP_READ, Event.FILE_READ})
