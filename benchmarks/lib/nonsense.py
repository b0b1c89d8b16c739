"""Rows that belong to no cluster, made up: for fitting what flags them, and, of other words, for judging it.

Each kind has two stocks that share no word, no language and no emoji: ``"fit"`` sets constants
(scripts/confidence/fit.py), ``"judge"`` measures (benchmarks/trust/confidence.py).
"""

from __future__ import annotations

import numpy as np

KINDS = ("words", "gibberish", "language", "empty", "emoji")

_FIT_WORDS = (
    "anvil barley cobalt dwindle ember falcon gravel hinge ivory jostle kernel lagoon mantle nettle "
    "orchid pebble quarry ripple saddle thicket umbrella velvet walnut yonder zeal amber bristle copper "
    "ditch engrave feather glimmer hollow inlet juniper knuckle ledger meadow nimble oblique parcel "
    "quiver rustle spindle timber uphill vapour wander xylophone yeast zinc acorn blunt carve dusk "
    "elbow flint gloss heron ivy jug keel linger moss needle oath plank quilt reed sting tallow urn "
    "vault wick yarn zest arch beak clay drum elk fern goat hive ink jaw kiln lark mill nest owl pine "
    "raven silk tusk vine wolf apron bison canoe delta easel fjord gourd hazel igloo jade kayak lemon"
)
_JUDGE_WORDS = (
    "badger cinder drizzle eagle fiddle granite harbour icicle jester kettle lantern marble nutmeg "
    "otter puddle quartz ribbon scarlet tunnel urchin violet whistle yellow zebra attic bramble cactus "
    "doorway eleven fossil garlic hammock island jigsaw kitten ladder magnet napkin olive pigeon quill "
    "rocket saucer tablet unicorn vinegar wagon yogurt zipper ankle bucket candle donkey engine forest "
    "gutter helmet insect jacket kidney lizard mirror noodle oyster pepper quake rabbit sponge turtle "
    "uncle valley window yolk acrobat balcony cabbage dolphin eyebrow feline gazelle hexagon iceberg "
    "juggler koala leopard mermaid nostril octopus pyramid quarrel rainbow sardine tornado vulture "
    "walrus slowly purple beneath sixteen kneel sprout melt stubborn crooked twice hum gallop"
)
WORDS = {"fit": _FIT_WORDS.split(), "judge": _JUDGE_WORDS.split()}
SENTENCES = {
    "fit": (
        "De trein naar Utrecht heeft vandaag weer een half uur vertraging gehad.",
        "Wij gaan morgen met de kinderen naar het strand als het niet regent.",
        "Mijn buurman heeft een nieuwe fiets gekocht en is er heel blij mee.",
        "Het brood van gisteren is al oud, dus ik haal straks vers.",
        "Pociąg do Krakowa odjeżdża z peronu trzeciego za dziesięć minut.",
        "Moja siostra mieszka w małym domu pod lasem i hoduje kury.",
        "Wczoraj wieczorem padał śnieg, a dziś rano świeci słońce.",
        "Czy możesz mi powiedzieć, gdzie jest najbliższa apteka?",
        "Huomenna menemme mökille, jos sää on hyvä eikä sada vettä.",
        "Veljeni osti uuden veneen ja kalastaa joka viikonloppu järvellä.",
        "Kahvi on loppu, joten minun täytyy käydä kaupassa ennen aamiaista.",
        "Koira nukkuu keittiön lattialla ja lapset leikkivät pihalla.",
        "Yarın sabah erken kalkıp pazara gitmemiz gerekiyor.",
        "Komşumuzun kedisi yine bizim bahçede uyuyor.",
        "Bu akşam yemekte mercimek çorbası ve pilav var.",
        "Dün otobüsü kaçırdım ve eve yürüyerek döndüm.",
        "Câinele vecinului latră toată noaptea și nu pot să dorm.",
        "Mâine plecăm la munte cu prietenii noștri din oraș.",
        "Vlak má dnes zpoždění, protože na trati spadl strom.",
        "Babička upekla koláč a celá kuchyně krásně voní.",
    ),
    "judge": (
        "A szomszéd kutyája egész éjjel ugatott, ezért alig aludtunk valamit.",
        "Holnap reggel korán indulunk a Balatonra, ha nem esik az eső.",
        "A nagymamám minden vasárnap almás pitét süt az unokáinak.",
        "Nem találom a kulcsomat, pedig tegnap még az asztalon volt.",
        "Strætóinn kemur ekki fyrr en eftir hálftíma út af snjókomunni.",
        "Við ætlum að elda fisk í kvöld og bjóða ömmu í mat.",
        "Hesturinn stendur úti á túni og bíður eftir heyinu sínu.",
        "Ég gleymdi lyklunum mínum heima og kemst ekki inn.",
        "Kemarin sore hujan turun deras sekali dan jalan di depan rumah banjir.",
        "Adik saya belajar memasak nasi goreng bersama nenek di dapur.",
        "Besok pagi kami akan naik kereta ke Bandung untuk liburan.",
        "Kucing tetangga tidur di atas atap sepanjang siang hari.",
        "Πρέπει να πάω στην αγορά πριν κλείσει γιατί δεν έχουμε ψωμί.",
        "Ο αδελφός μου αγόρασε ένα παλιό ποδήλατο και το επισκευάζει.",
        "Χθες το βράδυ έβρεχε πολύ και μείναμε όλοι στο σπίτι.",
        "Το καλοκαίρι θα πάμε στο χωριό να δούμε τη γιαγιά.",
        "Hôm nay trời mưa to nên chúng tôi ở nhà nấu phở.",
        "Em gái tôi thích đọc sách bên cửa sổ vào buổi chiều.",
        "Naapuri? Ei: laimīgi bērni spēlējas pagalmā līdz pat vakaram.",
        "Rytoj anksti ryte važiuosime prie jūros su visa šeima.",
    ),
}
EMOJI = {
    "fit": "🍞🚲🌵🎺🧩🪑🦔🛶🧦🪜🥕🎈🧲🪣🦉🌂🧀🪁🐌🔩",
    "judge": "🍋🚜🌴🎻🎲🛋🦊⛵🧤🧹🥦🎁🔦🧺🦆☂🥨🪃🐢🔧",
}
#: What a hand does on a keyboard, and letters drawn one by one.
KEYBOARD = {
    "fit": ("qwertyuiop", "zxcvbnm", "poiuytrewq"),
    "judge": ("asdfghjkl", "lkjhgfdsa", "mnbvcxz", "qwer", "asdf", "hjkl"),
}


def nonsense(n: int, seed: int, stock: str = "judge") -> tuple[list[str], list[str]]:
    """``n`` rows that fit nowhere, kinds in turn; the texts ("" for an empty row) and the kind of each."""
    rng = np.random.default_rng([seed, stock == "fit"])
    kinds = [KINDS[i % len(KINDS)] for i in range(n)]
    sentences = rng.permutation(SENTENCES[stock]).tolist()
    emoji = rng.permutation(list(EMOJI[stock])).tolist()
    texts, seen = [], {kind: 0 for kind in KINDS}
    for kind in kinds:
        number = seen[kind]
        seen[kind] += 1
        if kind == "words":
            texts.append(" ".join(rng.choice(WORDS[stock], rng.integers(3, 11), replace=False)))
        elif kind == "gibberish":
            texts.append(" ".join(_gibberish(rng, stock) for _ in range(rng.integers(1, 6))))
        elif kind == "language":
            texts.append(sentences[number % len(sentences)])
        elif kind == "emoji":
            texts.append(emoji[number % len(emoji)])
        else:
            texts.append("")
    return texts, kinds


def _gibberish(rng: np.random.Generator, stock: str) -> str:
    length = int(rng.integers(3, 9))
    if rng.random() < 0.5:
        line = str(rng.choice(KEYBOARD[stock]))
        start = int(rng.integers(len(line)))
        return (line * 3)[start : start + length]
    return "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz"), length))
