"""Made-up views for looking at the pages: every state a page can be in. Nobody here exists."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from casehub.definitions.cards import Choice as CardChoice
from casehub.definitions.cards import Field
from casehub.services.views import (
    AdministrationView,
    CaseLine,
    CaseView,
    Choice,
    ContactView,
    DayView,
    DisclosureView,
    IdentityView,
    LogLine,
    LogPage,
    NetworkForm,
    NewsLine,
    NoteForm,
    NoteView,
    PartyProposal,
    ReaderOption,
    StaffLine,
    StepForm,
    StepView,
    TaskLine,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
CASE = UUID(int=1)
STEP = UUID(int=2)
NOTE = UUID(int=3)


def end_of(days: int) -> datetime:
    """23:59:59 in Denmark, `days` from NOW (winter time)."""
    day = (NOW + timedelta(days=days)).date()
    return datetime(day.year, day.month, day.day, 22, 59, 59, tzinfo=UTC)


CONTACTS = (
    ContactView(
        "Karen Holm",
        "Psykiatrisk sygeplejerske",
        "Distriktspsykiatrien i Herning",
        "Region Midtjylland",
        "78 43 00 00",
    ),
    ContactView("Jens Bak", "Socialrådgiver", "Voksen og Handicap", "Herning Kommune", "96 28 00 00"),
    ContactView("Vagtcentralen", "", "Vagtcentralen", "Midt- og Vestjyllands Politi", None),
)


def step(number: int, title: str, state: str, **changes: object) -> StepView:
    """A step; `changes` replaces its fields."""
    fields: dict[str, object] = {
        "id": UUID(int=100 + number),
        "number": number,
        "key": f"trin{number}",
        "title": title,
        "optional": False,
        "responsible": "Midt- og Vestjyllands Politi",
        "role": "Kontaktperson",
        "state": state,
        "due_at": None,
        "overdue": False,
        "done_at": NOW - timedelta(days=3) if state == "done" else None,
        "deadline_text": "",
        "basis": "Retsplejelovens § 115, stk. 2 og 4",
        "reasons": (),
        "can_complete": False,
        "outcome_text": None,
        "evidence": (),
        "version": 1,
        "effect": None,
    }
    return StepView(**fields | changes)  # type: ignore[arg-type]


STEPS = (
    step(1, "Opret henvendelsen", "done", optional=True, evidence=(("Kilde", "Polspot"),)),
    step(2, "Begrund nødvendigheden og formålet", "done"),
    step(3, "Underret kommunen om barnet", "waiting", reasons=("Kun relevant, hvis et barn er berørt.",)),
    step(
        4,
        "Vurdér henvendelsen",
        "done",
        role="Tovholder",
        outcome_text="Tages op i PSP",
        evidence=(("Begrundelse", "Flere myndigheder har hver deres del.\nIngen kan løse det alene."),),
    ),
    step(
        5,
        "Svar på henvendelsen",
        "ready",
        due_at=end_of(-2),
        overdue=True,
        can_complete=True,
        deadline_text="5 hverdage før mødet. Egen frist, fem hverdage før mødet.",
    ),
    step(
        5,
        "Svar på henvendelsen",
        "ready",
        responsible="Region Midtjylland",
        due_at=end_of(2),
        deadline_text="5 hverdage før mødet. Egen frist, fem hverdage før mødet.",
    ),
    step(
        6,
        "Hold mødet",
        "waiting",
        role="Tovholder",
        reasons=("Mangler trin 5: Svar på henvendelsen.",),
        due_at=end_of(9),
    ),
    step(7, "Udpeg den ansvarlige myndighed", "waiting", reasons=("Mangler trin 6: Hold mødet.",)),
    step(8, "Få råd fra en sikkerhedskonsulent", "ready", optional=True, can_complete=True),
    step(9, "Orientér patienten om videregivelsen", "not_needed", responsible="Region Midtjylland"),
)

CASE_VIEW = CaseView(
    id=CASE,
    number="PSP-2026-K7QM",
    network="psp",
    network_name="PSP-samarbejdet",
    kommune="Herning",
    acute=True,
    state="open",
    state_text="Åben",
    opened_at=NOW - timedelta(days=5),
    meeting_at=end_of(9),
    responsible="Herning Kommune",
    closed_at=None,
    deletion_on=None,
    participants=("Midt- og Vestjyllands Politi", "Herning Kommune", "Region Midtjylland"),
    identity=IdentityView(
        "Agnete Sandal Vestergaard",
        "670385-1234",
        "Prøvevej 87A, 1. th, 7400 Herning",
        "70 00 00 12",
        "Ring kun mellem 9 og 14. Skriv ikke. Sig ikke, hvem du er, hvis andre tager telefonen.",
    ),
    referral=(
        ("Kendetegn", "Truende; til fare for sig selv"),
        ("Bekymring", "Har ikke åbnet døren i tre uger."),
    ),
    steps=STEPS,
    notes=(
        NoteView(
            NOTE,
            "Har aftalt besøg torsdag.\nTager imod hjælp til medicin.",
            "Region Midtjylland",
            True,
            "Karen Holm",
            NOW,
            ("Region Midtjylland", "Herning Kommune"),
            "Sundhedslovens § 43, stk. 2, nr. 2",
        ),
    ),
    disclosures=(
        DisclosureView(
            UUID(int=5),
            "Region Midtjylland",
            "Herning Kommune",
            False,
            "Sundhedslovens § 43, stk. 2, nr. 2",
            "Forebyggelse",
            "Kommunen skal kende aftalen.",
            None,
            NOW,
            NOW,
            "Karen Holm",
        ),
        DisclosureView(
            UUID(int=6),
            "Midt- og Vestjyllands Politi",
            "Herning Kommune",
            True,
            "Retsplejelovens § 115, stk. 1, nr. 2",
            "Forebyggelse",
            "Akut.",
            "Døren var brudt op.",
            NOW - timedelta(hours=2),
            NOW,
            "Bo Lund",
        ),
    ),
    contacts=CONTACTS,
    may_triage=True,
    may_share=False,
    may_write=True,
    may_record_disclosure=True,
)

LINES = (
    CaseLine(
        CASE,
        "PSP-2026-K7QM",
        "PSP-samarbejdet",
        "Herning",
        True,
        "open",
        "Åben",
        NOW - timedelta(days=5),
        1,
        end_of(2),
    ),
    CaseLine(
        UUID(int=9),
        "PSP-2026-3WDX",
        "PSP-samarbejdet",
        "Ringkøbing-Skjern",
        False,
        "referred",
        "Venter på vurdering",
        NOW,
        0,
        end_of(1),
    ),
    CaseLine(
        UUID(int=10),
        "PSP-2026-9HTP",
        "PSP-samarbejdet",
        "Skive",
        False,
        "closed",
        "Lukket",
        NOW - timedelta(days=90),
        0,
        None,
    ),
)

DAY = DayView(
    tasks=(
        TaskLine(
            CASE, "PSP-2026-K7QM", STEP, "Svar på henvendelsen", "answer", True, False, end_of(-2), True
        ),
        TaskLine(
            CASE, "PSP-2026-3WDX", STEP, "Vurdér henvendelsen", "triage", False, False, end_of(1), False
        ),
        TaskLine(
            CASE, "PSP-2026-9HTP", STEP, "Få råd fra en sikkerhedskonsulent", None, False, True, None, False
        ),
    ),
    news=(
        NewsLine(CASE, "PSP-2026-K7QM", "Herning Kommune har svaret", NOW),
        NewsLine(CASE, "PSP-2026-3WDX", "Ny henvendelse", NOW),
    ),
    contacts=CONTACTS,
)

PURPOSES = (
    Choice("forebyggelse", "Forebyggelse, ikke efterforskning"),
    Choice("hjaelp", "Samlet hjælp til borgeren"),
)
BASES = (
    Choice(
        "retsplejelov-115-1-2",
        "Retsplejelovens § 115, stk. 1, nr. 2 – politiet videregiver som led i PSP-samarbejdet, når det er nødvendigt",
    ),
    Choice("samtykke", "Borgerens samtykke"),
)
NETWORK = NetworkForm(
    "psp",
    "PSP-samarbejdet",
    "Socialt udsatte voksne, hvor flere myndigheder hver ved noget, og hvor ingen af dem kan løse det alene.",
    (Choice("0657", "Herning"), Choice("0779", "Skive")),
    tuple(
        Choice(f"i{n}", words)
        for n, words in enumerate(
            (
                "Truende adfærd",
                "Voldelig adfærd",
                "Til fare for sig selv eller andre",
                "Børn, der har brug for hjælp",
            )
        )
    ),
    (Choice("polspot", "Polspot"), Choice("doegnrapport", "Døgnrapporten")),
    PURPOSES,
    safe_contact_default=True,
)
PROPOSALS = (
    PartyProposal(
        "herning/social", "Voksen og Handicap", "Herning Kommune", True, BASES, "70 00 00 01", None
    ),
    PartyProposal(
        "rm/herning", "Distriktspsykiatrien i Herning", "Region Midtjylland", True, BASES, "70 00 00 02", None
    ),
    PartyProposal(
        "kif/midt",
        "KiF Midtjylland",
        "Kriminalforsorgen",
        False,
        BASES,
        None,
        "Vælg den kun, når borgeren er eller har været i dens forløb.",
    ),
    PartyProposal("skive/social", "Voksen", "Skive Kommune", False, (), None, None),
)
NOTE_FORM = NoteForm(
    CASE,
    "PSP-2026-K7QM",
    "Region Midtjylland",
    (
        ReaderOption("herning", "Herning Kommune", BASES),
        ReaderOption("mvjp", "Midt- og Vestjyllands Politi", BASES),
        ReaderOption("kif", "Kriminalforsorgen", ()),
    ),
    PURPOSES,
)
ANSWERS = (
    CardChoice("disclose", "Videregiver"),
    CardChoice("nothing", "Intet at videregive"),
    CardChoice("declines", "Afslår"),
)
FIELDS = (
    Field("answer", "Svar", "choice", required=True, choices=ANSWERS),
    Field(
        "reason",
        "Begrundelse for at afslå",
        "text",
        required=False,
        hint="Du behøver ikke begrunde det.",
        when=("answer", "declines"),
    ),
    Field("line", "Reference", "line", required=True),
    Field("signs", "Tegn", "checks", required=False, choices=ANSWERS),
    Field("meeting_on", "Mødedato", "date", required=True),
    Field("said_at", "Sagt", "datetime", required=True),
    Field("party", "Ansvarlig myndighed", "party", required=True),
    Field(
        "actions",
        "Handlinger",
        "actions",
        required=True,
        hint="Skriv for hver handling, hvad der skal ske, hvem der gør det, og hvornår.",
    ),
)
PARTIES = (Choice("herning", "Herning Kommune"), Choice("rm", "Region Midtjylland"))
STEP_FORM = StepForm(
    CASE,
    "PSP-2026-K7QM",
    "Region Midtjylland",
    STEPS[4],
    FIELDS,
    PARTIES,
    "Alle tre svar er lige gode. Selve oplysningerne videregives i notater, ikke her.",
    NOTE_FORM.readers,
    True,
    PURPOSES,
)
WAITING_FORM = StepForm(
    CASE,
    "PSP-2026-K7QM",
    "Region Midtjylland",
    STEPS[6],
    FIELDS,
    PARTIES,
    None,
    NOTE_FORM.readers,
    True,
    PURPOSES,
)
DONE_FORM = StepForm(
    CASE,
    "PSP-2026-K7QM",
    "Region Midtjylland",
    STEPS[3],
    FIELDS,
    PARTIES,
    None,
    NOTE_FORM.readers,
    True,
    PURPOSES,
)
OPTIONAL_FORM = StepForm(
    CASE,
    "PSP-2026-K7QM",
    "Region Midtjylland",
    STEPS[8],
    FIELDS[2:3],
    PARTIES,
    None,
    NOTE_FORM.readers,
    True,
    PURPOSES,
)

LOG = LogPage(
    tuple(
        LogLine(
            UUID(int=200 + n),
            NOW - timedelta(minutes=n),
            "Karen Holm",
            "Region Midtjylland",
            "Distriktspsykiatrien i Herning",
            "case.read",
            "Læste en sag",
            ("PSP-2026-K7QM",),
            ("Borgerens identitet", "Note"),
            "Forebyggelse",
            "Sundhedslovens § 43",
            ("Herning Kommune",),
            outcome,
            words,
            ("case-read-participant",),
            "0190",
        )
        for n, (outcome, words) in enumerate((("allowed", "Tilladt"), ("refused", "Afvist")))
    ),
    "0190",
)
ADMINISTRATION = AdministrationView(
    "Midt- og Vestjyllands Politi",
    ("Lokalstation Herning", "Lokalstation Skive"),
    (
        StaffLine(
            "Bo Lund", "bo.lund", "Politiassistent", "Lokalstation Herning", "staff", ("PSP: kontaktperson",)
        ),
        StaffLine("Ida Krog", "ida.krog", "Kontrollant", "Sekretariatet", "reviewer", (), retired=True),
    ),
    None,
)
OPENED_ON = date(2026, 11, 17)
