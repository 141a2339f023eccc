"""Where sentences end, in every language that posts speak, and what is never cut through."""

from __future__ import annotations

import pytest

from pipeline.errors import Refused
from pipeline.repairs.sentences import ends, tail
from pipeline.repairs.words import cut, thread
from publishers._facets import find_facets, graphemes

SENTENCES = {
    "fr": ["M. Diallo est parti à 9 h.", "« Pourquoi ? » demande-t-il.", "L’art. 3 dit tout !", "C’est fini…"],
    "en": ["Dr. Ali J. Smith left at 9.30 a.m. sharp.", "He said “why?” and left.", "It is over!"],
    "de": ["Am 12. November wurde geräumt.", "Das heißt z. B. Zelte.", "Warum?"],
    "ar": ["رُصدت ١٣٢ عملية إخلاء.", "لماذا يحدث هذا؟", "قال د. محمد إن الأمر انتهى!"],
    "fa": ["۱۳۲ تخلیه ثبت شد.", "چرا این اتفاق افتاد؟", "کار تمام شد."],
    "prs": ["در ماه اکتوبر ۱۳۲ تخلیه ثبت شد.", "چرا؟", "پایان."],
    "ps": ["په اکتوبر کې ۱۳۲ ځله کډه شوې ده۔", "ولې؟", "پای۔"],
    "ckb": ["لە تشرینی یەکەم ١٣٢ چۆڵکردن تۆمار کرا.", "بۆچی؟", "تەواو."],
    "ti": ["ኣብ ጥቅምቲ 132 ምውጻእ ተመዝጊቡ።", "ስለምንታይ፧", "ተወዲኡ።"],
}


@pytest.mark.parametrize("lang", SENTENCES)
def test_a_text_is_told_apart_into_the_sentences_that_a_reader_sees(lang: str) -> None:
    text = " ".join(SENTENCES[lang])
    found, start = [], 0
    for end in ends(text, lang):
        found.append(text[start:end].strip())
        start = end
    assert found == SENTENCES[lang]


def test_tigrinya_sentences_end_without_a_space_too() -> None:
    assert ends("ሓደ።ክልተ።", "ti") == [3, 7]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Voir https://example.org/a.b?c=d!e et signer. Merci.", 2),
        ("Écrire à @ami.example.org. Merci.", 2),
        ("Un prix de 3.50 euros. Merci.", 2),
        ("« Non ! » Elle part.", 2),
        ("Une liste :\n- un\n- deux", 3),
        ("Sans fin", 1),
        ("", 0),
    ],
)
def test_links_numbers_quotes_and_lines(text: str, count: int) -> None:
    assert len(ends(text, "fr")) == count


def test_the_links_and_tags_that_close_a_text_are_its_tail() -> None:
    assert (
        tail("Un. Deux.\n\n#Calais #Dunkerque\nhttps://example.org/note")
        == "#Calais #Dunkerque\nhttps://example.org/note"
    )
    assert tail("Un. Deux.") == "" and tail("#Calais") == ""


def within(limit: int):
    return lambda texts: sum(map(graphemes, texts.values())) + 2 * (len(texts) - 1) <= limit


def test_a_cut_leaves_whole_sentences_and_keeps_the_rest_and_the_link() -> None:
    text = "Premier point. Deuxième point. Troisième point, plus long.\n\n#Calais https://example.org"
    done = cut({"fr": text}, within(70))["fr"]
    assert done.kept == "Premier point. Deuxième point.\n\n#Calais https://example.org"
    assert done.rest == "Troisième point, plus long."


def test_of_two_languages_the_longest_is_cut_and_the_short_one_stays_whole() -> None:
    texts = {"fr": "Un mot. " + "Une phrase plus longue. " * 6, "en": "A word. Another."}
    done = cut(texts, within(100))
    assert set(done) == {"fr"} and done["fr"].kept.endswith("longue.")


def test_a_sentence_that_never_ends_is_refused_and_not_broken() -> None:
    with pytest.raises(Refused, match="No sentence ends"):
        cut({"fr": "mot " * 100}, within(50))
    with pytest.raises(Refused, match="alone is too long"):
        thread("Bien. " + "mot " * 100, "fr", lambda part: graphemes(part) <= 50)


@pytest.mark.parametrize("lang", SENTENCES)
@pytest.mark.parametrize("limit", [60, 90, 150])
def test_a_thread_tells_everything_once_in_order_each_message_at_a_sentences_end(lang: str, limit: int) -> None:
    whole = SENTENCES[lang] * 4
    parts = thread(" ".join(whole), lang, lambda part: graphemes(part) <= limit)
    assert all(graphemes(part) <= limit for part in parts) and len(parts) > 1
    assert " ".join(parts) == " ".join(whole)
    assert all(any(part.endswith(one) for one in whole) for part in parts)


def test_no_message_of_a_thread_breaks_a_link_a_mention_or_a_sign() -> None:
    family = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
    text = " ".join(
        f"Point {n} {family} avec @ami.example.org et https://example.org/{n}?q=a.b. Fin !" for n in range(30)
    )
    parts = thread(text, "fr", lambda part: graphemes(part) <= 120)
    known = lambda handle: handle  # noqa: E731
    told = [one.value for part in parts for one in find_facets(part, known)]
    assert told == [one.value for one in find_facets(text, known)]
    assert sum(map(graphemes, parts)) + len(parts) - 1 == graphemes(text)
