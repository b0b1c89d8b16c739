"""Firms, jobs, streets, towns, phone numbers, references and dates, by templates."""

from __future__ import annotations

from ._grammar import lines, words

SHAPING = {
    "company": lines("""
        {last} Ltd
        {last} & Sons
        {last} & {last} LLP
        {last} Logistics
        {last} Consulting Group
        {first}'s Flower Corner
        Hotel {last}
        {town} Bicycle Works
        {town} Veterinary Practice
        {craft} {last}
        {last} {craft}
        {adjective} {craft} Ltd
        {adjective} {noun} Partners
        {noun} & {noun} Architects
        The {adjective} {noun}
        {town} Chamber Orchestra
    """),
    "firm": lines("""
        {adjective}{tail}
        {noun}{tail}
        {adjective} {noun}
        {noun} Direct
        {noun} & {last}
        {last} Services
    """),
    "tail": ("ware", "line", "point", "works", "hub"),
    "adjective": words("Blue Silver Northern Golden Quiet Old Bright Swift Upper Green"),
    "noun": words("Harbour Oak Falcon Meadow River Anchor Compass Lantern Maple Quarry"),
    "craft": words("Carpentry Printing Catering Plumbing Joinery Bakery Masonry Design"),
    "job": lines("""
        nurse
        plumber
        head of purchasing
        office manager
        junior accountant
        physiotherapist
        project engineer
        bookkeeper
        gardener
        shift supervisor
        lecturer
        dental assistant
        senior buyer
        librarian
        warehouse clerk
        team assistant
    """),
    "town": words("""
        Leeds Gdańsk Porto Uppsala Graz Antwerp Cork Tampere Ghent Bristol Valencia Turin Brno
        Aarhus Rotterdam Lyon Halifax Denver Fukuoka Accra Izmir Pune Cebu Adelaide
    """),
    "street": lines("""
        ~~ {last} Street
        ~ {noun} Lane
        ~~~ {noun} Avenue
        {noun} Road ~~
        Flat ~, ~~ {noun} Close
        ~~ Old {town} Road
        PO Box ~~~~
    """),
    "phone": (
        "+44 ~~~~ ~~~~~~",
        "0~~~ ~~~ ~~~~",
        "(~~~) ~~~-~~~~",
        "+46 ~~ ~~~ ~~ ~~",
        "0~~/~~~~~~~",
    ),
    "host": words("postbox.example mailhaus.example inbox.example swiftmail.example"),
    "date": (
        "{dd} {month} {year}",
        "{dd}/{mo}/{year}",
        "the {th}th of {month}",
        "{year}-{mo}-1~",
    ),
    "hour": ("{h} o'clock", "half past {h}", "{h} in the afternoon"),
    "few": words("two three five ten"),
    "numbers": lines("""
        Customer number: ~~~~~~~~
        Order ~~~~~~ of {date}
        Our ref: ^^/~~~~
        Your ref: ~~-~~~-^
        Invoice no. ~~~~~~ dated {date}
        Contract ^^^~~~~~~
        Account: ~~~~ ~~~~
        Customer {my_first} {my_last}, no. ~~~~~
    """),
    "number_sentence": lines("""
        My customer number is ~~~~~~~~.
        This is about order ^~~~~~~ of {date}.
        The invoice has the number ~~~~-~~~~.
        You will find me under ~~~~~~ in your system.
        My contract ^^~~~~~ dates from {date}.
        The last letter that I have from you is of {date}, reference ~~~/~~.
        For your files: {my_first} {my_last}, born {date}, no. ~~~~~~~.
        I called on {date} and was given the reference ~~~~~.
    """),
}

JUDGING = {
    "company": lines("""
        {last} GmbH
        {last} Brothers
        {last}, {last} and Partners
        {last} Haulage
        {last} Advisory
        Chez {first}
        Guesthouse {last}
        {town} Rowing Club
        {town} Dental Centre
        {last}'s {craft}
        {craft} by {first}
        {craft} {town}
        {adjective} {noun} Holding
        {noun} + {noun} Studio
        Society of {noun} Friends
        {town} Community Theatre
    """),
    "firm": lines("""
        {adjective}{tail}
        {noun}{tail}
        {noun} {adjective}
        {noun} Online
        {noun} and Co
        {last} Group
    """),
    "tail": ("ly", "gate", "nest", "wise", "field"),
    "adjective": words("Red Copper Southern Amber Gentle New Clear Rapid Lower Ivory"),
    "noun": words("Bay Birch Heron Prairie Lake Beacon Sextant Candle Cedar Summit"),
    "craft": words("""
        Tailoring Bookbinding Landscaping Roofing Glazing Brewing Pottery Optics
    """),
    "job": lines("""
        paramedic
        electrician
        chief of staff
        facility manager
        payroll specialist
        speech therapist
        site engineer
        tax adviser
        florist
        night porter
        research fellow
        pharmacist
        category manager
        museum guide
        forklift driver
        executive secretary
    """),
    "town": words("""
        Leicester Kraków Braga Malmö Linz Bruges Galway Oulu Utrecht Cardiff Seville Bologna
        Ostrava Odense Eindhoven Nantes Ottawa Tucson Sapporo Kumasi Bursa Nagpur Davao Hobart
    """),
    "street": lines("""
        ~~ {last} Crescent
        ~ {noun} Mews
        ~~~ {noun} Boulevard
        {noun} Way ~~
        Apt ~~, {noun} Court
        ~~ Upper {town} Drive
        Unit ~, {noun} Park
    """),
    "phone": (
        "+61 ~ ~~~~ ~~~~",
        "~~~.~~~.~~~~",
        "0~~~~-~~~~~",
        "+351 ~~~ ~~~ ~~~",
        "00~~ ~~ ~~~~~~",
    ),
    "host": words("letterbee.example webpost.example quickmail.example homenet.example"),
    "date": (
        "{month} {dd}, {year}",
        "{dd}.{mo}.{year}",
        "{month} {th}th",
        "{dd}-{mo}-{year}",
    ),
    "hour": ("{h}:15", "a quarter to {h}", "{h} in the evening"),
    "few": words("four six eight nine"),
    "numbers": lines("""
        Client ID ~~~~~~~
        PO ~~~~~~, {date}
        File: ~~~.~~~
        Member no. ^~~~~~~~
        Bill ~~~~~~~ ({date})
        Policy/contract: ~~ ~~~ ~~~
        Acct. ^^~~~~~~~~
        Registered as {my_last}, {my_first} (~~~~~~)
    """),
    "number_sentence": lines("""
        My client ID: ~~~~~~~.
        It concerns no. ^^^-~~~~ from {date}.
        On the bill it says ~~~~~~~~ at the top.
        In your records I am number ~~~~~.
        My membership (^~~~~~~) began on {date}.
        On {date} somebody gave me the case number ~~~~~~.
        So that you can find me: {my_last}, {my_town}, ~~~~~~~~.
        I have letter ~~-~~~~ of {date} in front of me.
    """),
}
