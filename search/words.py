"""Folding texts and queries alike: lower case, no accents, no stop words, letters and digits only."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

MAX_QUERY = 1000
MAX_WORDS = 16
MAX_WORD = 60
_TOKEN = re.compile(r"[^\W_]+")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")

# Indonesian words that carry grammar and no content; PostgreSQL's stemmer for the language has no such list.
STOP_WORDS = frozenset(
    """
    ada adalah agar akan antara apabila atas atau bagi bahwa bila dalam dan dapat dari dengan di harus hingga
    ini itu jika juga karena ke kepada maka namun oleh pada para per pun saat sampai sebagai sebelum sehingga
    sejak selama serta sesuai setelah setiap suatu tanpa telah tentang terhadap tersebut tetapi tidak untuk
    yaitu yakni yang
    """.split()  # noqa: SIM905 - a list of 60 quoted words is harder to read
)

# Ways in which the same Indonesian name is spelt: Soekarno, Djoko, Moch., Noor, Achmad, Fauzie.
_SPELLINGS = tuple(
    pair.split(">")
    for pair in "oe>u dj>j tj>c ch>h kh>h sj>s sy>s ph>f th>t ie>i v>f z>s y>i o>u".split()  # noqa: SIM905 - as above
)
_DOUBLE = re.compile(r"(.)\1+")


@dataclass(frozen=True)
class Words:
    """What a person typed, folded. ``words``: each must be found; ``compact``: as a piece of a number."""

    words: tuple[str, ...]
    compact: str | None

    def __bool__(self) -> bool:
        return bool(self.words)


def clean(text: str) -> str:
    """Take out control characters and lone surrogates, which no store takes and no reader sees."""
    return _CONTROL.sub(" ", text)


def tokens(text: str) -> list[str]:
    """Return the words of ``text``, folded; stop words stay."""
    plain = unicodedata.normalize("NFKD", clean(text))
    plain = "".join(c for c in plain if not unicodedata.combining(c)).casefold()
    return [word[:MAX_WORD] for word in _TOKEN.findall(plain)]


def fold(text: str) -> str:
    """Return ``text`` folded, stop words left out, numbers with and without leading zeros."""
    out: list[str] = []
    for word in tokens(text):
        if word not in STOP_WORDS:
            out.append(word)
            if word[0] == "0" and word.isdecimal() and word.strip("0"):
                out.append(word.lstrip("0"))
    return " ".join(out)


def sound(word: str) -> str:
    """Return a folded word as it sounds, so that spellings of one name meet."""
    for written, heard in _SPELLINGS:
        word = word.replace(written, heard)
    return _DOUBLE.sub(r"\1", word)


def number_key(number: str) -> str:
    """Return the letters and digits of a number, so that separators do not matter."""
    return "".join(tokens(number))


def parse(typed: str) -> Words:
    """Read what a person typed; never raises, whatever it is."""
    found = tokens(typed[:MAX_QUERY])
    content = [word for word in found if word not in STOP_WORDS] or found
    compact = "".join(found)[:200]
    piece = compact if len(compact) >= 3 and any(c.isdecimal() for c in compact) else None
    return Words(tuple(dict.fromkeys(content))[:MAX_WORDS], piece)


def mark_words(text: str, words: Words) -> str:
    """Return ``text`` with the words that were typed between U+0002 and U+0003."""

    def mark(found: re.Match[str]) -> str:
        folded = "".join(tokens(found[0]))
        known = folded in words.words or folded.lstrip("0") in words.words
        return f"\x02{found[0]}\x03" if folded and known else found[0]

    return _TOKEN.sub(mark, clean(text))
