"""Words of a text, each with its offsets, and the word pieces that stand for them in the model.

Words, not word pieces, carry labels and bound spans, so no span can begin or end inside a word, and
offsets are exact by construction: they are those of a regular expression on the untouched text.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from tokenizers import Tokenizer

# Marks that belong to the character before them: combining diacritics, variation selectors, joiners.
MARKS = (
    "\u00ad\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060\u20d0-\u20ff"
    "\ufe00-\ufe0f\ufe20-\ufe2f"
)
WORD = re.compile(rf"[^\W_](?:[^\W_]|[{MARKS}])*|[^\s{MARKS}][{MARKS}]*")

SPECIAL = (("[CLS]", "<s>"), ("[SEP]", "</s>"), ("[PAD]", "<pad>"), ("[UNK]", "<unk>"))
"""The special tokens, as BERT and as RoBERTa and MPNet call them; the first name that is there counts."""

KINDS = {
    "model": ("WordPiece", "WordLevel", "BPE", "Unigram"),
    "normalizer": (
        *("Sequence", "BertNormalizer", "Lowercase", "StripAccents", "Strip"),
        *("NFC", "NFD", "NFKC", "NFKD"),
    ),
    "pre_tokenizer": (
        *("Sequence", "BertPreTokenizer", "ByteLevel", "Metaspace"),
        *("Whitespace", "WhitespaceSplit", "Punctuation", "Digits"),
    ),
}
"""Parts that a tokenizer may have. Others hold expressions that may take for ever, or tables that end the
process if they are wrong."""

UNUSED = ("truncation", "padding", "post_processor", "decoder")
"""Parts that words have no use for, and in which absurd numbers might stand."""

LONGEST = 100
"""Characters in a word that has pieces (``max_input_chars_per_word`` of BERT's WordPiece)."""

MAX_PIECES = 12
"""Word pieces that the model sees of one word; only letter heaps and addresses have more."""


class Word(NamedTuple):
    """A run of letters and digits, or one other character, and its word pieces."""

    start: int
    end: int
    pieces: tuple[int, ...]
    capital: bool
    """Whether its first character is upper-case; the vocabulary itself knows no case."""


def covered(words: Sequence[Word], start: int, end: int) -> range:
    """Return the numbers of the words that reach into the text's ``start`` to ``end``."""
    first = bisect_right(words, start, key=lambda word: word.end)
    return range(first, max(first, bisect_left(words, end, key=lambda word: word.start)))


class Words:
    """Splits text into words with the vocabulary of one model.

    Args:
        file: the ``tokenizer.json`` of a model folder.

    Raises:
        ValueError: the file is no tokenizer, or its vocabulary lacks a special token.
    """

    def __init__(self, file: Path) -> None:
        tokenizer = _opened(file)
        self.cls, self.sep, self.pad, self.unknown = (_special(tokenizer, names, file) for names in SPECIAL)
        self.size = 1 + max(tokenizer.get_vocab().values())
        """One more than the number of the vocabulary's last piece."""
        self._tokenizer = tokenizer
        # News repeats its words; the cache is exact, as pieces depend on the word alone.
        self._pieces = lru_cache(maxsize=1 << 16)(self._cut)

    def __call__(self, text: str, start: int, end: int) -> list[Word]:
        """Return the words of ``text[start:end]``; offsets count from the start of ``text``."""
        return [
            Word(match.start(), match.end(), self._look_up(match[0]), match[0][0].isupper())
            for match in WORD.finditer(text, start, end)
        ]

    def _look_up(self, word: str) -> tuple[int, ...]:
        # The vocabulary has no pieces for longer words, and the cache is not to hold them.
        return self._pieces(word) if len(word) <= LONGEST else (self.unknown,)

    def _cut(self, word: str) -> tuple[int, ...]:
        """Return the ids of a word's pieces, at least one."""
        try:
            ids = self._tokenizer.encode(word, add_special_tokens=False).ids
        except (TypeError, UnicodeError):  # a lone surrogate has no UTF-8
            ids = []
        return tuple(ids[:MAX_PIECES]) or (self.unknown,)


def _opened(file: Path) -> Tokenizer:
    """Return the tokenizer that a file holds.

    Raises:
        ValueError: it holds none, or one with a part that is not in `KINDS`.
    """
    try:
        content = msgspec.json.decode(file.read_bytes(), type=dict[str, Any])
        for part, known in KINDS.items():
            if others := {*_kinds(content.get(part))} - {*known}:
                raise ValueError(
                    f"a {part} {', '.join(sorted(others))} is not taken, only {', '.join(known)}"
                )
        if content["model"].get("dropout"):
            raise ValueError("it cuts words by chance (dropout)")
        tokenizer = Tokenizer.from_str(msgspec.json.encode(content | dict.fromkeys(UNUSED)).decode())
        tokenizer.encode("\U0010ffff", add_special_tokens=False)  # needs the piece for unknown words
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # the library raises no class of its own, and in a panic none of Exception
        raise ValueError(f"{file} is no tokenizer: {error}") from None
    return tokenizer


def _kinds(part: Any) -> Iterator[str]:
    """Yield the kinds of a part and of those in it."""
    if part is not None:
        yield part.get("type", "WordPiece")  # old files do not tell the kind of the model
        for name in ("normalizers", "pretokenizers"):
            for inner in part.get(name, ()):
                yield from _kinds(inner)


def _special(tokenizer: Tokenizer, names: Sequence[str], file: Path) -> int:
    """Return the id of a special token.

    Raises:
        ValueError: the vocabulary has none of its names.
    """
    for name in names:
        if (number := tokenizer.token_to_id(name)) is not None:
            return int(number)
    raise ValueError(f"{file} lacks the token {names[0]}")
