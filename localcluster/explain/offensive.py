"""Slurs and obscenities, which nothing that a model writes here may show, in six languages."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator

#: The words are kept as the first 12 digits of their SHA-256, so that no page of this project shows
#: them. To add one, case-fold it and append what this prints; forms other than a plural with "s"
#: are words of their own:
#: ``printf %s WORD | sha256sum | cut -c1-12``
_DIGITS = 12
_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
        01b347d037bd 01b5872b6196 01cccf00c853 029cb2544c33 038c9ccdd226 05b71b9303ad 061f17eb29e3
        06a1d8bf7fc2 079cc69d06f2 08a5fd3b1b02 08a841e99678 09bcdd1e2a6d 0a3ab406419b 0a460189d6b1
        0aa249ea99ce 0be9b885f4a3 0c64f3ba82e0 0da9363e0782 0e73ac79637d 0f28c4960d96 0fcb77e9e007
        11b7e4d3514b 120f6e5b4ea3 12562987bff7 1290d04b901d 12a92187547d 12e6274e4309 13a465fc6616
        14a40534ce45 16ea09fc78ca 17a1700e4e80 18014e567976 1802d081455e 1ab085af82f4 1bc9c8ddd836
        1e9d60db8b8d 20d682eed78f 212e1f3477b3 22fc75e65a0e 245c20d383ae 248f60154a07 262f86db0ac7
        27641ba1ab98 27a62b68179c 27eb0c4ad707 295a73716a6e 2a78bfafdf15 2ba1a2eed074 2dab050c671b
        2df80a774801 2e70bdd7cd25 2e86ef90e982 2f5f6ce5ae30 2fc027f96c01 308696e68922 30a989afc82c
        31506a8448a7 31b9f930565a 321cf2e66dab 3252691e6e91 333f76180929 33740da8a87d 355176a9e0d6
        3834713bafd6 38ba35fc0a47 39d9f82ef853 3a81933856f4 3b1e0d7c5dd4 3cc0a581d3bb 3d92a7cbba1d
        3e267bd8faf2 402f7ebd9886 40582c4d824a 406d7c59afef 40aac4a520ff 4119bfefa690 41b46b62006c
        41b4d5e85655 428cc39e867f 44cc5f9768be 44fabe2c9a43 45651f2cb0f1 4814058be6f3 489a84553741
        49ea2e0463b5 4a745d207c30 4abd04dd1709 4b060037b792 4c58f5d5fe92 4d6af76dab89 4e756964d6fa
        51cd0c4cc268 521e601a5247 5297fd25cd8c 5540651f8c0d 560ef6092875 566f532d486c 579497c79517
        5855074c699e 5977c64ed287 59df8bc4aba1 59e11dcffe7a 5a2dd17edf25 5a9d9dcefb56 5a9f0a1e29ac
        5c2dcc97108a 5e02602b7569 5e937513c637 5eb9eabea5c5 5f1adb4976a7 5f5564c4ee15 60c7254e1843
        6122fdf4ae14 616f9cfcc87d 619bc82e0d20 62ab5ab7c605 62b5db01c218 6325a7e56e8d 63c143c61d70
        63c2402511b8 6556c1a58444 6594a090a2a5 65c4f35fc849 65eee3117f50 664cb9bf0d58 665cb762e3bc
        667389e1f185 66a65afbf25f 68fa3a1cf64e 6954b2217d69 69a3f3b8343f 6aafb6f76b61 6ac3c336e409
        6ada028b2d09 6b4c314f61a9 6b7f1a2879cd 6cd01095f6b8 6d1833779e38 6dbe0f85a074 6faca5ade9a9
        6ff8f7340561 702543ba8598 717164af499c 72568faa3653 72f8b57bd33e 76b9cc05dbc9 774b9e8ed8b2
        785d960fc309 7ad5b71c63ea 7c4a5c242b72 7c686cf2ae58 7d3ddc269c76 7ef8ddb05876 7f9ed89c7297
        7fe3024ca43b 80d71140f751 819837a1df89 822dbbb9bf70 83621b34ec59 83b589751859 84105992682c
        84b0a3665c7d 8544771bd2f4 85580f904474 859b50c7df6a 85d5028e9b01 85eaf9757cee 85fc17f7069a
        862a6b5e7933 880e042d271f 88a6fe855435 89133bc00e9b 8a3fa4b72dc7 8b7d3d77384a 8b876e57eb73
        8f5083e3e5c7 8f78c0e64402 8fcdc6287be2 934db383e991 93c5150f6343 94c6d2e10a76 952582c9ecc0
        958ce5c321d2 9678c5906b27 96bd12bcf422 986c99004163 98b03a5b7931 98b52c4b6b7d 9915ba2d8222
        998b6bb0f175 99fff1612bfe 9ae315a94e42 9bc2297a6b03 9f1c7abfa23b 9f927c6b880e a0f9178f3cf7
        a1fa799150af a40ccba874d2 a50e2008372d a511c0753b12 a67780dd4d76 a677c506e81d a696a5198fa9
        a6aae53f786c a7bf072c97a0 a89b73ffc148 a9d3b95331dc aa700ad4c29a ab34f9c8e7ef ac2ecf9966d4
        acc96930e3a6 ad6cacf3af98 adf42bd77215 ae8987487e1f b0521e2b6a0c b0b9a43e2047 b327186c3a0d
        b368553f5ec0 b3cec2f6ece2 b501e4d142e1 b66dd06a13d8 b690cdbe59f1 b692e0caaea9 b7b724f9e952
        b914f332d643 ba624ddd116f bb0689e399cc bb3631d23ed0 bb61ef40814c bbfdd53c04db bcd1642bca16
        bd331fb1d242 bd7128eb5273 bdb1cc258d69 be00f1af522e bf393dfbadfe c0f9c42d0879 c1b4ed05397d
        c2537eeadfde c2a731f54dfe c2c3b68b4883 c2e7ff279082 c3423a6895e2 c359cddae24c c3b65f8156ea
        c3de533e9b7f c40f03eebac2 c549addc8036 c5663e82def9 c88703b51e71 ca8ccf2990b2 ca96aedfe7ae
        cc02032349c8 cc06226a2bac ce741fee73f9 cfdd4b20e1e8 d009f3d6264f d0697d49cbca d11215a13d66
        d45aa07ea2d0 d4e1f528764a d5ebe71514c4 d614b75c1e67 d66f84cc756b d6da8cf47d81 d751137f9b2f
        d75a838dc758 d76a05ccf0d8 d7bfe603ea71 d8e7800e78e5 d95b1fc78565 da1aab41366e da69246f4920
        db8b2888984d dbf61983f284 dc675e448132 dcb50ee3659f dd191ef4e181 dd92623b0a4b ddb01b0d7cf5
        de569a7f6852 df0481688879 e03d80833aad e10c5b19ca9f e2cd332981d8 e3575c262f84 e388b89852d4
        e4827baff834 e4b1b9789718 e512a0558344 e51d490d2db8 e742d17ff490 e7b98c6aa5b9 ea5f6c2d509b
        ed1df8ff3d97 ed6bf432aec2 eed122d1bf53 eef3bd091670 efc0c180c864 f043ddb4c7d0 f09fdc2a35e7
        f0d7f8e603ff f1620f5589b0 f1cf90814842 f3cf22cc8c5b f50c51ed2315 f5511bc71ebb f64c6fad9c3c
        f6a96b2a07c5 f6c513daf7f8 f97f13093245 f9d0d9b18ae9 fa38a8d3e5b9 fbb48d2ad2e2 fdd8d4d3381b
        ff1580fa239a ffc5e5151b2a
        """,
    )
)
#: Innocent in another of the languages ("late" in French), so refused in English texts only.
_IN_ENGLISH = frozenset(re.findall(r"\w+", "158869a97379 ad64e56f214e e14a747f150b"))

#: Signs written for letters.
_LEET = str.maketrans("013457@$!|", "oieastasil")
_REPEATED = re.compile(r"(.)\1{2,}")
_CHUNK = re.compile(r"[\w@$!|*'’]+")


def is_offensive(text: str, english: bool = True) -> bool:
    """Whether a slur or an obscenity stands in ``text`` as a word of its own.

    Words are compared without case and accents, with digits and signs read as the letters they are
    written for, and with letters drawn out. Only whole words count: "Scunthorpe" is a town.

    Parameters
    ----------
    text : str
        What a model wrote. The users' own texts are never asked about.
    english : bool
        Whether the rows are English; a few words are innocent in another language.

    Examples
    --------
    >>> is_offensive("Scunthorpe, class and cocktails")
    False
    """
    for chunk in _CHUNK.findall(text.casefold()):
        for form in _forms(chunk):
            digest = hashlib.sha256(form.encode()).hexdigest()[:_DIGITS]
            if digest in _WORDS or (english and digest in _IN_ENGLISH):
                return True
    return False


def _forms(chunk: str) -> Iterator[str]:
    """Ways to read a word: as written, as letters, without accents, drawn-out letters shortened."""
    for word in {chunk, chunk.translate(_LEET), re.sub(r"\W", "", chunk)}:
        for plain in {word.strip("!|*'’_"), _without_accents(word).strip("!|*'’_")}:
            for short in {plain, _REPEATED.sub(r"\1", plain), _REPEATED.sub(r"\1\1", plain)}:
                if len(short) > 2:
                    yield short
                    if short.endswith("s"):
                        yield short[:-1]


def _without_accents(word: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
