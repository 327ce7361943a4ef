"""The words of titles, offices and organisations, as data."""

from __future__ import annotations


def table(words: str) -> frozenset[str]:
    """Return the words of a table."""
    return frozenset(words.split())


OFFICES = table(
    "president premier minister chancellor chief representative secretary secretary-general envoy "
    "ambassador commissioner chairman chairwoman chair chairperson leader king queen prince princess emir "
    "sultan governor mayor director director-general commander senator ombudsman patriarch taoiseach "
    "congressman congresswoman lawmaker mp councillor speaker spokesman spokeswoman spokesperson "
    "negotiator mediator coordinator official head judge justice pope archbishop bishop lady ayatollah "
    "imam professor executive ceo founder owner manager officer treasurer counterpart adviser advisor "
    "diplomat delegate czar moderator conciliator facilitator activist undersecretary attorney coach boss "
    "rector dean principal businessman businesswoman economist prefect scientist lawyer banker farmer "
    "cleric warlord chieftain elder organiser organizer convener convenor striker midfielder goalkeeper "
    "player singer actor actress author writer journalist novelist pilot engineer governor-general deputy "
    "member inspector investigator rapporteur prosecutor whip consul pm aide emperor empress ruler monarch "
    "politician legislator parliamentarian emissary tycoon dissident militant candidate shah"
)
"""Head nouns of offices and callings."""

RANKS = table(
    "general colonel admiral captain major lieutenant brigadier marshal commodore sergeant field "
    "gen. lt. col. adm. capt. maj. brig. sgt. cmdr. lt maj brig gen col vice-admiral"
)
"""Words of military ranks: a title where no office is told."""

GENERAL = table("secretary attorney director consul governor inspector solicitor surgeon")
"""Offices of which "general" is a part, not a rank beside them."""

MODIFIERS = table(
    "prime foreign defence defense interior exterior home finance economy economic trade energy justice "
    "health education transport transportation agriculture environment labour labor culture sports "
    "industry commerce treasury state security national special deputy vice assistant acting interim "
    "former chief top senior joint first permanent executive managing general under policy affairs "
    "political opposition rebel regional federal parliamentary military army naval police diplomatic "
    "humanitarian personal presidential external internal public works party union council board "
    "committee outgoing incoming high supreme crown honorary associate lead principal main caretaker "
    "climate water planning development press media exchequer government parliament central bank grand "
    "intelligence congressional provincial ecumenical majority minority staff"
)
"""Words between an affiliation and a title's head noun, and what may follow "of" in a title (of State)."""

HONORIFICS = table(
    "mr mrs ms miss dr sir dame lord baroness mr. mrs. ms. dr. sheikh sheikha cardinal mullah madam hajji "
    "rev. prof. sen. rep. gov. monsignor reverend father sister brother wife husband son daughter mother"
)
"""Forms of address, which are no titles, and relatives: his wife Jo."""

MIDDLE = table("sheikh cardinal mullah lord sister brother son lady")
"""Forms of address that are names between two others."""

KIN = table("wife husband spouse spouses mrs mrs. married")
"""Words of couples."""

MALE = table("mr mr. sir lord he him his king prince sheikh husband son brother father")
FEMALE = table(
    "mrs mrs. ms ms. miss dame lady baroness she her queen princess sheikha madam wife daughter sister mother"
)
"""Words that tell whether a man or a woman is meant."""

PARTICLES = table(
    "van von de del della der den di da dos du la le el al bin bint ibn ben abu ter ten zu af ap dem "
    "binti ould"
)

ORGANISATIONS = table(
    "union council committee commission ministry government parliament party bank group company "
    "corporation corp inc ltd plc agency association organisation organization federation league fund "
    "court congress senate university institute bureau board cabinet bloc alliance authority department "
    "office administration assembly house club trust front movement army force forces coalition "
    "confederation chamber society foundation secretariat embassy kingdom emirate network centre center "
    "school bundestag knesset duma nations mission politburo presidency municipality brigade consortium "
    "cooperative exchange guild navy tribunal bv gmbh airways airlines freight motor motors systems "
    "industries holdings aviation telecom technologies petroleum oil mining foods railways shipyard "
    "stevedoring forum fellowship commonwealth church banque banco banca hospital brotherhood column "
    "reserve democrats socialists conservatives liberals communists greens republicans nationalists"
)
"""Head nouns of organisations."""

COMPANIES = table(
    "carmaker lender firm maker insurer airline retailer broadcaster channel brewer manufacturer supplier "
    "startup shipbuilder telecoms conglomerate newspaper charity think-tank bank company group agency"
)
"""Nouns before the name of an organisation that say what it is: Japanese carmaker Doe Motor."""

BODIES = table(
    "hamas hezbollah hizbollah fatah taliban mercosur interpol polisario houthis frelimo renamo unita "
    "likud greenpeace comintern eurogroup benelux visegrad swapo fretilin solidarity caricom"
)
"""Organisations whose name looks like a surname."""

RANK_NAMES = {
    "general": "gen.",
    "colonel": "col.",
    "captain": "capt.",
    "lieutenant": "lt.",
    "major": "maj.",
    "admiral": "adm.",
}
"""How ranks are abbreviated before names."""

GIVEN = table("jordan chad georgia israel kenya india santiago paris sofia london dominique franco italo")
"""Countries and capitals that are first names before a surname."""

SURNAMES = table(
    "major king bishop church cross court dean judge justice marshal field prince pope baker farmer player "
    "banker lord price banks park coach house guild forest mayor captain head boss wales scotland "
    "jordan england turk lima russo heard"
)
"""Words of titles, organisations and countries that are surnames behind a first name."""

LEGAL = table("ag sa nv ab oy asa spa co bv")
"""Legal forms of companies, as the last word of a name."""

SHORT = table("he an to so no my")
"""Names that are written like words of function."""

LEADERS = table("president prime premier chancellor king queen emir sultan taoiseach prince")
"""Words in the titles of those who are meant by the "leaders" of a country."""

HEADS = table(
    "chief head leader boss president chairman chairwoman chair secretary director commander ceo chief"
)
"""Words for whoever leads an organisation, of which each may stand for another."""

ANAPHORS = table(
    "both all two three four the sides side parties leaders delegations men women ministers they them "
    "their who we us our these those others everyone participants presidents neighbours countries nations "
    "envoys governments premiers groups trio pair"
)
"""Words of groups that only point back: "both sides", "the two leaders"."""

PRONOUNS = frozenset({"he", "she", "him", "her", "his"})
"""Words for one person."""

FUNCTION_WORDS = table(
    "this that these those his her its their my our but or at by from with as when while after before "
    "then visiting since if both each it he she they we i told met said also not no yes so there here "
    "new veteran longtime ailing monday tuesday wednesday thursday friday saturday sunday"
)
