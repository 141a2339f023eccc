"""What somebody pastes becomes plain text: the words stay, what came along unseen goes."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.pasted import cleaned, inserted, plain

NB, NNB = "\u00a0", "\u202f"


@pytest.mark.parametrize(
    ("pasted", "plain"),
    [
        ("Un.\r\n\r\nDeux.\rTrois.\u2028Quatre.\x0bCinq.", "Un.\n\nDeux.\nTrois.\nQuatre.\nCinq."),
        ("Un.\n\n\n\n\nDeux.  \n", "Un.\n\nDeux."),
        ("\ufeffCa\u200blais\u2060, ex\u00adpulsion\x07", "Calais, expulsion"),
        ("\u202aCalais\u202c et \u2068Samira\u2069", "Calais et Samira"),
        ("Cale\u0301ais", "Caléais"),
        ("e\ufb03cace, \ufb01n", "efficace, fin"),
        ("•\tEau\n·\tPain\no\tAbri\n\uf0b7\u00a0Soin", "• Eau\n• Pain\n• Abri\n• Soin"),
        ("o mores\n- eau\n1.\tpain", "o mores\n- eau\n1. pain"),
        (f"Le{NB}camp  est{NB}{NB}vide", "Le camp est vide"),
        (f"«{NB}Non{NB}»{NNB}: 1{NNB}200{NB}%{NNB}!", f"«{NB}Non{NB}»{NNB}: 1{NNB}200{NB}%{NNB}!"),
        ("Premier\n---\nSecond", "Premier\n---\nSecond"),
        ("", ""),
    ],
)
def test_what_word_or_a_page_brings_along_goes_and_the_words_stay(pasted, plain):
    assert cleaned(pasted) == plain


@pytest.mark.parametrize(
    "head",
    [
        "[12:03, 5/11/2026] Samira H.: ",
        "[05/11/2026, 12:03:44] +33 6 12 34 56 78: ",
        "\u200e[05/11/2026, 12:03:44] Samira: ",
        f"[5/11/26, 12:03:44{NNB}PM] Samira: ",
        "[12:03, 5.11.2026] Jörg: ",
        "05/11/2026, 12:03 - Samira: ",
        "05/11/2026 à 12:03 - Samira : ",
        "Samira, [26.11.2026 12:03]\n",
        "[١٢:٠٣، ٥/١١/٢٠٢٦] سميرة: ".replace("،", ","),
    ],
)
def test_the_head_of_a_message_goes_with_the_name_in_it(head):
    assert cleaned(f"{head}Ils sont partis.\n{head}Vers 15 h : rien.") == "Ils sont partis.\nVers 15 h : rien."


@pytest.mark.parametrize(
    "words",
    [
        "Rendez-vous [12:03] : devant la mairie",
        "Le 05/11/2026, 12:03 personnes : non",
        "12:03 - Samira : témoignage",
        "[à relire] Titre : la suite",
        "Le 5/11/2026 - Calais : 12 tentes",
    ],
)
def test_what_only_looks_like_a_head_stays(words):
    assert cleaned(words) == words


@pytest.mark.parametrize(
    "words",
    [
        "26/11/2026 à 18:00 – Rassemblement : place d’Armes, Calais",
        "[26/11/2026 18:00] Mise à jour : deux blessés",
        "· Eau\n● Pain\n§ 45 de l’arrêt",
    ],
)
def test_what_is_saved_keeps_its_heads_and_bullets(words):
    assert plain(f"{words}\u200b  \r\n") == words


def test_a_paragraph_sign_is_no_bullet():
    assert cleaned("§ 45 de l’arrêt") == "§ 45 de l’arrêt"


@pytest.mark.parametrize(
    ("pasted", "put"),
    [(" monde", " monde"), ("le\t", "le "), ("\n le \n", "le"), (" ", " "), ("\n", ""), ("", ""), ("\u200b", "")],
)
def test_what_is_pasted_within_a_sentence_keeps_the_space_that_parts_it_from_the_next_word(pasted, put):
    assert inserted(pasted) == put


def test_a_long_run_of_joiners_takes_no_longer_than_other_signs():
    started = time.process_time()
    assert plain("a" + "\u200c" * 20_000 + "b").endswith("b")
    assert time.process_time() - started < 1


def test_persian_keeps_the_sign_that_parts_its_letters_and_emoji_keep_theirs():
    assert cleaned("تخلیه\u200cهای کاله") == "تخلیه\u200cهای کاله"
    assert cleaned("👩\u200d👧 ici") == "👩\u200d👧 ici"
    assert cleaned("\u200c می \u200c") == "می"


def test_marks_of_direction_stay_in_arabic_and_go_elsewhere():
    assert cleaned("في Calais\u200f!") == "في Calais\u200f!"
    assert cleaned("Calais\u200e!") == "Calais!"


SOUP = st.text(
    st.sampled_from("aé٣م \n\r\t«»:;%!-[],./12\u00a0\u202f\u200b\u200c\u200d\u200e\u200f\u2028\ufeff\u0301•o\uf0b7")
)


@given(SOUP)
def test_cleaning_twice_changes_nothing_more_and_loses_no_letter(text):
    once, saved = cleaned(text), plain(text)
    assert cleaned(once) == once and plain(saved) == saved and plain(once) == once
    assert letters(saved, "") == letters(text, "")
    if not any(sign in text for sign in "[,-/.:"):  # nothing that could be taken for a head
        assert letters(once) == letters(text)


def letters(text: str, but: str = "o") -> list[str]:
    return [sign for sign in unicodedata.normalize("NFD", text) if sign.isalpha() and sign not in but]
