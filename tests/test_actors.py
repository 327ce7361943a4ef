"""Spans to actors: names, kinds, titles, affiliations and countries, on sentences made up for the purpose."""

import time

import pytest
from actors import DEFAULT, cases
from hypothesis import given
from hypothesis import strategies as st

from eventx import countries
from eventx.actors import Cast, letters
from eventx.document import Span


def spans(text, *parts):
    return [Span(text.index(part), text.index(part) + len(part), part) for part in parts]


def actors(text, *parts):
    found = spans(text, *parts)
    return Cast(text, found).actors(found)


def record(actor):
    return actor.name, actor.kind, actor.title, actor.affiliation, actor.country


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Norway", "NO"),
        ("Norwegian", "NO"),
        ("Norwegians", "NO"),
        ("Oslo", "NO"),
        ("Kosovo", "XK"),
        ("Kosovar", "XK"),
        ("Pristina", "XK"),
        ("Sino", "CN"),
        ("Franco", "FR"),
        ("Anglo", "GB"),
        ("UK", "GB"),
        ("Britain", "GB"),
        ("US", "US"),
        ("U.S.", "US"),
        ("the United States", "US"),
        ("Kremlin", "RU"),
        ("Brasilia", "BR"),
        ("Côte d’Ivoire", "CI"),
        ("Congolese", "CD"),  # the larger of two
        ("Indian", "IN"),
        ("Philippines", "PH"),
        ("us", None),
        ("turkey", None),
        ("IN", None),
        ("EU", None),
        ("Stanley", None),  # a capital, but of too few
        ("", None),
    ],
)
def test_country_of_a_name(name, code):
    assert countries.find(name) == code


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("NO", "Norway"),
        ("XK", "Kosovo"),
        ("US", "United States"),
        ("MK", "North Macedonia"),
        ("GM", "Gambia"),
    ],
)
def test_short_name_of_a_country(code, name):
    assert countries.name(code) == name
    assert countries.find(name) == code


PERSONS = [
    (
        "It was chaired by Marit Dahl of the North Atlantic Fish Council.",
        "Marit Dahl of the North Atlantic Fish Council",
        ("Marit Dahl", None, "North Atlantic Fish Council", None),
    ),
    (
        "They met Ann Davis of the World Fish Council.",
        "Ann Davis of the World Fish Council",
        ("Ann Davis", None, "World Fish Council", None),
    ),
    (
        "Peruvian President Rosa Quispe spoke.",
        "Peruvian President Rosa Quispe",
        ("Rosa Quispe", "President", "Peru", "PE"),
    ),
    (
        "Chad's Prime Minister Ali Idriss spoke.",
        "Chad's Prime Minister Ali Idriss",
        ("Ali Idriss", "Prime Minister", "Chad", "TD"),
    ),
    (
        "EU diplomatic chief Ana Lind spoke. Then Lind left.",
        "Lind",
        ("Ana Lind", "diplomatic chief", "EU", None),
    ),
    (
        "He met US Secretary of State Ada Brook.",
        "US Secretary of State Ada Brook",
        ("Ada Brook", "Secretary of State", "United States", "US"),
    ),
    (
        "South Korean Foreign Minister Kim Sung-ho spoke.",
        "Kim Sung-ho",
        ("Kim Sung-ho", "Foreign Minister", "South Korea", "KR"),
    ),
    (
        "the UN's special envoy for the lakes, Jon Moe, said so",
        "Jon Moe",
        ("Jon Moe", "special envoy for the lakes", "UN", None),
    ),
    ("Jon Moe, the UN envoy, said so.", "Jon Moe", ("Jon Moe", "envoy", "UN", None)),
    (
        "Karim al-Rawi, president of Iraq, flew in.",
        "Karim al-Rawi",
        ("Karim al-Rawi", "president", "Iraq", "IQ"),
    ),
    ("President Luc Rey of France smiled.", "President Luc Rey", ("Luc Rey", "President", "France", "FR")),
    ("Hamas leader Omar Saleh flew in.", "Hamas leader Omar Saleh", ("Omar Saleh", "leader", "Hamas", None)),
    ("Du Bolin, the Chinese premier, came. Du left.", "Du Bolin", ("Du Bolin", "premier", "China", "CN")),
    ("Wu Bolin, the Chinese premier, came. Later Wu left.", "Wu", ("Wu Bolin", "premier", "China", "CN")),
    (
        "Foreign Minister Jan de Wit flew in.",
        "Foreign Minister Jan de Wit",
        ("Jan de Wit", "Foreign Minister", None, None),
    ),
    (
        "Egyptian Foreign Minister Adel Zaki came.\n\nMr. Zaki left.",
        "Zaki",
        ("Adel Zaki", "Foreign Minister", "Egypt", "EG"),
    ),
    (
        "Caretaker Prime Minister Eva Noor came.",
        "Caretaker Prime Minister Eva Noor",
        ("Eva Noor", "Caretaker Prime Minister", None, None),
    ),
    ("Ambassador Tom O’Hara came.", "Ambassador Tom O’Hara", ("Tom O’Hara", "Ambassador", None, None)),
    (
        "Norway's sports minister came.",
        "Norway's sports minister",
        ("Norway's sports minister", "sports minister", "Norway", "NO"),
    ),
    (
        "Sami Noor met his Omani counterpart, Badr Saif, today.",
        "Badr Saif",
        ("Badr Saif", None, "Oman", "OM"),
    ),
]


@pytest.mark.parametrize(("text", "part", "expected"), PERSONS)
def test_person(text, part, expected):
    (actor,) = actors(text, part)
    assert (actor.name, actor.title, actor.affiliation, actor.country) == expected
    assert actor.kind == "person"


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        ("Talks with NATO", "NATO", ("NATO", "organisation", None, None, None)),
        ("The Taliban agreed", "Taliban", ("Taliban", "organisation", None, None, None)),
        (
            "They met Senior Members of the World Bank.",
            "Senior Members of the World Bank",
            ("Senior Members of the World Bank", "group", None, None, None),
        ),
        (
            "The Danish government agreed",
            "Danish government",
            ("Danish government", "organisation", None, None, "DK"),
        ),
        (
            "The Ministry of Water met",
            "Ministry of Water",
            ("Ministry of Water", "organisation", None, None, None),
        ),
        ("Danish officials met", "Danish officials", ("Danish officials", "group", None, "Denmark", "DK")),
        ("Mediators met", "Mediators", ("Mediators", "group", None, None, None)),
        ("Sino-US talks", "Sino", ("China", "country", None, None, "CN")),
        ("Sino-US talks", "US", ("United States", "country", None, None, "US")),
        ("Tehran agreed", "Tehran", ("Iran", "country", None, None, "IR")),
        ("They met again", "They", ("They", "group", None, None, None)),
    ],
)
def test_other_kinds(text, part, expected):
    assert [record(actor) for actor in actors(text, part)] == [expected]


def test_one_actor_of_several_names():
    text = "Peruvian President Rosa Quispe came. Quispe met Iran. Tehran agreed."
    found = [*spans(text, "Peruvian President Rosa Quispe", "Iran", "Tehran"), Span(37, 43, "Quispe")]
    person, country = Cast(text, found).actors(found)
    assert [span.text for span in person.mentions] == ["Peruvian President Rosa Quispe", "Quispe"]
    assert [span.text for span in country.mentions] == ["Iran", "Tehran"]


def test_group_gives_way_to_its_members():
    text = (
        "The leaders of Peru and Chile met. Chilean President Ivo Rey and Peru's Prime Minister Ana Sol left."
    )
    first, second = actors(text, "leaders of Peru and Chile")
    assert (first.name, second.name) == ("Ana Sol", "Ivo Rey")  # in the group's order
    assert [span.text for span in first.mentions] == ["leaders of Peru and Chile"]


@pytest.mark.parametrize(
    "text",
    [
        "The leaders of Peru and Chile met. Chilean President Ivo Rey smiled.",  # one of two is missing
        "The leaders of Peru and Chile met. Chilean Coach Ivo Rey and Peruvian Coach Ana Sol smiled.",
    ],
)
def test_group_stays_where_its_members_are_not_named(text):
    (group,) = actors(text, "leaders of Peru and Chile")
    assert group.kind == "group"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("The leaders of Chad and Togo met. Al Roe and Bo Doe were frank.", ["Al Roe", "Bo Doe"]),
        (
            "Al Roe and Bo Doe met the leaders of Chad and Togo.",
            ["Al Roe", "Bo Doe", "leaders of Chad and Togo"],
        ),
    ],
)
def test_group_gives_way_to_as_many_persons_of_other_sentences(text, names):
    assert [
        actor.name for actor in actors(text, *sorted(names, key=text.find), "leaders of Chad and Togo")
    ] == names


def test_a_part_of_a_word_is_no_person():
    (actor,) = actors("The EU-mediated talks went on.", "EU")
    assert record(actor) == ("EU", "organisation", None, None, None)


@pytest.mark.parametrize(
    ("text", "first", "name"),
    [
        ("Jo and Al Doe met Bo. The Does left.", "Jo", "Jo Doe"),
        ("Jo and Al Doe met Bo.", "Jo", "Jo"),  # may as well be a Ms. Jo
        ("President and Mrs. Doe met Bo.", "President", "Doe"),
    ],
)
def test_couples(text, first, name):
    (actor,) = actors(text, first)
    assert actor.name == name


def test_a_couple_of_one_surname_are_two():
    found = actors("Mr. and Mrs. Doe met Bo.", "Mr.", "Mrs. Doe", "Bo")
    assert [actor.name for actor in found] == ["Doe", "Doe", "Bo"]


def test_offices_are_told_apart():
    text = (
        "The foreign ministers of Peru and Chile met. Peruvian President Ana Sol, Peruvian Foreign Minister "
        "Eva Paz and Chilean Foreign Minister Ivo Rey smiled."
    )
    assert [actor.name for actor in actors(text, "foreign ministers of Peru and Chile")] == [
        "Eva Paz",
        "Ivo Rey",
    ]


def test_pronoun_is_the_only_person_named_before_it():
    text = "Peruvian President Ana Sol flew in.\n\nSol rested. Later she met Chile."
    (person,) = actors(text, "she")
    assert (person.name, person.mentions[0].text) == ("Ana Sol", "she")


@pytest.mark.parametrize(
    "text", ["Ana Sol met Eva Paz. Later she left.", "Ana Sol flew in.\n\nLater she left."]
)
def test_pronoun_is_left_alone_where_it_is_not_clear(text):
    found = spans(text, "she")
    others = [span for name in ("Ana Sol", "Eva Paz") if name in text for span in spans(text, name)]
    (person,) = Cast(text, [*others, *found]).actors(found)
    assert (person.name, person.kind) == ("she", "person")


def test_sides_are_the_other_parties():
    text = "Peru met Chile before both sides left."
    assert [
        [span.text for span in actor.mentions] for actor in actors(text, "Peru", "Chile", "both sides")
    ] == [
        ["Peru", "both sides"],
        ["Chile", "both sides"],
    ]


def test_sides_alone_are_one_group():
    text = "Both sides met and all sides left."
    (group,) = actors(text, "Both sides", "all sides")
    assert (group.name, group.kind, len(group.mentions)) == ("Both sides", "group", 2)


@given(
    st.text(alphabet=st.sampled_from("Ab ,.'’\n-éПresident of the EU's Serbia\ud800😀"), max_size=60),
    st.data(),
)
def test_any_span_of_any_text_has_actors(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = [Span(start, end, text[start:end])] if start < end else []
    listed = Cast(text, found).actors(found)
    assert bool(listed) == bool(found)
    assert all(actor.name and actor.mentions for actor in listed)


def test_nineteen_of_twenty_mentions_get_exactly_the_right_records():
    found = list(cases(DEFAULT))
    assert len(found) >= 300
    assert sum(case.gold == case.found for case in found) >= 0.95 * len(found)


@pytest.mark.parametrize(
    ("text", "part", "expected"),
    [
        # Surnames and first names that are words of titles, countries or function.
        ("British Prime Minister John Major", "", ("John Major", "Prime Minister", "United Kingdom")),
        ("Senator Frank Church spoke", "Senator Frank Church", ("Frank Church", "Senator", None)),
        ("Australian Foreign Minister Julie Bishop", "", ("Julie Bishop", "Foreign Minister", "Australia")),
        ("Chinese Vice Premier He Lifeng", "", ("He Lifeng", "Vice Premier", "China")),
        (
            "the Vietnamese President To Lam",
            "Vietnamese President To Lam",
            ("To Lam", "President", "Vietnam"),
        ),
        ("President Santiago Pena", "", ("Santiago Pena", "President", None)),
        ("a letter to Patricia Scotland", "Patricia Scotland", ("Patricia Scotland", None, None)),
        ("New Zealand Prime Minister Jo Doe", "", ("Jo Doe", "Prime Minister", "New Zealand")),
        ("BP Chief Executive Tony Roe", "", ("Tony Roe", "Chief Executive", "BP")),
        ("Bank of Japan Governor Jo Doe", "", ("Jo Doe", "Governor", "Bank of Japan")),
        # An office alone is held by who was named last.
        (
            "President Ana Sol met President Bo Rey. Sol left. The president",
            "president",
            ("Ana Sol", "President", None),
        ),
        ("UN Secretary-General Al Foe met Gen. Jo Doe. The general", "general", ("Jo Doe", "Gen.", None)),
        (
            "The UN Secretary-General, Al Foe. A secretary-general",
            "secretary-general",
            ("Al Foe", "Secretary-General", "UN"),
        ),
    ],
)
def test_persons(text, part, expected):
    part = part or text
    (actor,) = Cast(text, []).actors([Span(text.rindex(part), text.rindex(part) + len(part), part)])
    assert (actor.name, actor.title, actor.affiliation) == expected


def test_an_acronym_stands_for_an_organisation():
    assert actors("Ministers of Estonia and Ukraine met EU officials.", "EU officials")[0].affiliation == "EU"
    text = "The African Union (AU) met. AU envoy Jo Doe"
    assert actors(text, "AU envoy Jo Doe")[0].affiliation == "African Union"
    assert actors("Japanese carmaker Toyota and the union", "Japanese carmaker Toyota")[0].name == "Toyota"


def test_blank_spans_are_no_error():
    assert Cast("x  y", [Span(1, 2, " ")]).actors([Span(1, 2, " ")])[0].kind == "group"


@pytest.mark.parametrize("headline", ["TALKS IN LIMA WITH PERU", "President flies to Peru"])
def test_a_country_may_end_a_headline_without_full_stop(headline):
    name = headline.split()[-1]
    (actor,) = actors(f"{headline}\n\nText", name)
    assert record(actor) == ("Peru", "country", None, None, "PE")


WORDS = (
    "President",
    "Serbia",
    "Jo",
    "Doe",
    "the",
    "of",
    "(AU)",
    "African",
    "Union",
    ",",
    ".",
    "his",
    "envoy",
    "Gen.",
    "\n\n",
    "",
)


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join), st.data())
def test_any_words_have_actors(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    span = Span(start, end, text[start:end])
    for actor in Cast(text, [span]).actors([span]):
        assert actor.mentions == [span]


@pytest.mark.parametrize(
    "piece", ["a", "a (AAAA", "his envoy, Jo Doe, ", "US Mayor Al Roe ", "Jo of the ", "Union "]
)
def test_time_is_linear_in_length(piece):
    def seconds(length):
        text = piece * (length // len(piece))
        spans = [Span(start, start + 6, text[start : start + 6]) for start in range(0, length - 6, 500)]
        start = time.process_time()
        Cast(text, spans).actors(spans)
        return time.process_time() - start

    # Ten times the text: linear time is ten times as long, quadratic time a hundred times.
    assert min(seconds(200_000) for _ in range(2)) < 50 * max(min(seconds(20_000) for _ in range(3)), 1e-3)


def test_every_name_of_several_words_is_looked_for():
    forms = [form for name in countries._codes() if " " in name for form in (name, name.upper())]
    found = [form for form in forms if letters.country(form)]  # "PEOPLE'S" is no capital form that is known
    assert len(found) > 200
    assert all(countries.may_begin(form.split()[0]) for form in found)
    assert not countries.may_begin("Minister")


def test_the_letter_of_a_long_word_is_not_kept():
    before = letters._kept_letter.cache_info().misses
    word = "A" * 10_000 + "b"
    assert letters.classify([word, "walked"])[0] == "Nw"
    assert letters._kept_letter.cache_info().misses <= before + 1
