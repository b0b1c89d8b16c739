"""Letters that are German from the letterhead to the small print, but for the text itself."""

from __future__ import annotations

from ._grammar import lines, words

SHAPING = {
    "de_first": words("""
        Andreas Annegret Anke Arne Bernd Birgit Cornelia Detlef Dieter Dörte Eberhard Elke Frauke
        Friedrich Gerd Gisela Gunnar Hartmut Heike Helga Holger Ines Jörg Jürgen Jutta Karin
    """),
    "de_last": words("""
        Ackermann Albrecht Arnold Baumann Beckmann Bergmann Böhm Brandt Busch Dietrich Ebert
        Engelhardt Franke Friedrich Fuchs Geiger Graf Günther Haas Hartmann Heinrich Herrmann
        Hübner Jäger
    """),
    "de_town": words("Augsburg Bielefeld Chemnitz Darmstadt Erfurt Freiburg Göttingen Hildesheim Jena"),
    "de_street": lines("""
        Ahornweg ~~
        Bahnhofstraße ~~
        Am Bachufer ~
        Gartenstr. ~~a
        Lindenallee ~~~
        Alte Mühlgasse ~
    """),
    "de_day": words("Montag Dienstag Mittwoch Donnerstag Freitag Samstag"),
    "de_month": words("""
        Januar Februar März April Mai Juni Juli August September Oktober November Dezember
    """),
    "de_date": ("{dd}.{mo}.{year}", "{dd}. {de_month} {year}"),
    "de_phone": ("0~~~ / ~~~~~~", "+49 ~~~ ~~~~~~~", "01~~-~~~~~~~"),
    "de_company": lines("""
        {de_last} Haustechnik GmbH
        {de_last} & Söhne KG
        Autohaus {de_last} GmbH & Co. KG
        Bäckerei {de_last}
        Ingenieurbüro {de_last}
        Hausverwaltung {de_last} + {de_last} GbR
        Stadtwerke {de_town} AG
        Kanzlei Dr. {de_last}
    """),
    "de_job": lines("""
        Sachbearbeitung Einkauf
        Leiterin Verwaltung
        Geschäftsführer
        Assistenz der Geschäftsleitung
        Buchhaltung
        Technischer Leiter
        Vertriebsinnendienst
    """),
    "de_subject": lines("""
        Betreff: Anfrage
        Betreff: Ihr Schreiben vom {de_date}
        Betreff: Kundennummer ~~~~~~~
        Betrifft: Vertrag ^^-~~~~~
        Betr.: Rückfrage
        Unser Zeichen: ^^/~~~, Ihr Zeichen: ~~-~~
        Betreff: AW: WG: Ihre Nachricht
        Betreff: Bitte um Rückmeldung
        Vorgangsnummer ~~~~-~~~~
        Betreff: Nachricht aus {de_town}
        {my_de_company}, {de_street}, {de_town}{br}{br}{de_town}, den {de_date}
        {my_de_first} {my_de_last}{br}{de_street}{br}~~~~~ {de_town}{br}{br}{de_date}
        Von: {my_de_first} {my_de_last}{br}Gesendet: {de_day}, {de_date} {hh}:{mi}{br}Betreff: Anliegen
    """),
    "de_greeting": lines("""
        Sehr geehrte Frau {de_last},
        Sehr geehrter Herr {de_last},
        Sehr geehrte Frau Dr. {de_last},
        Sehr geehrtes {box_firm}-Team,
        Sehr geehrte Kolleginnen und Kollegen,
        Sehr geehrtes Serviceteam,
        Guten Tag Frau {de_last},
        Guten Tag Herr {de_last},
        Guten Tag zusammen,
        Guten Abend,
        Schönen guten Tag,
        Hallo Frau {de_last},
        Hallo Herr {de_last},
        Hallo liebes Team,
        Hallo ihr Lieben,
        Hallo {de_first},
        Hallöchen,
        Hallo {de_first},{br}{br}na, alles klar bei euch?
        Hi ihr,{br}{br}wie geht es euch, habt ihr den Sturm gut überstanden?
        Hi zusammen,
        Hi {de_first} und alle anderen,
        Liebe Frau {de_last},
        Lieber Herr {de_last},
        Liebe Mitarbeiterinnen und Mitarbeiter,
        Moin moin,
        Grüezi mitenand,
        Servus {de_first},
        Grüß Gott Herr {de_last},
        Tach auch,
        An die Kundenbetreuung der Firma {box_firm},
    """),
    "de_opening": lines("""
        ich hoffe, Sie hatten ein schönes Wochenende.
        ich hoffe, diese Mail erreicht Sie wohlbehalten.
        vielen Dank noch einmal für das nette Telefonat am {de_day}.
        wie eben am Telefon besprochen, melde ich mich nun schriftlich.
        ich bin seit {year} Kundin bei {box_firm} und melde mich heute zum ersten Mal.
        mein Name ist {my_de_first} {my_de_last}, und ich schreibe Ihnen aus {de_town}.
        leider habe ich telefonisch niemanden erreicht, daher auf diesem Weg.
        entschuldigen Sie bitte die späte Störung.
        ich schreibe Ihnen im Auftrag von Herrn {de_last}, der gerade im Urlaub ist.
        wir kennen uns noch nicht, daher kurz zu mir: Ich arbeite bei {my_de_company}.
        hoffentlich bin ich bei Ihnen an der richtigen Adresse.
        ich fasse mich kurz.
        ich nehme Bezug auf Ihr Schreiben vom {de_date}.
        kurz vor dem Feierabend noch eine Nachricht von mir.
        ich sitze gerade im Zug nach {de_town} und habe endlich Zeit zu schreiben.
        Frau {de_last} war so freundlich, mir Ihre Adresse zu geben.
        schon lange wollte ich Ihnen schreiben.
    """),
    "de_aside": lines("""
        Hier in {de_town} schneit es seit {de_day} ohne Pause.
        Bei uns scheint heute endlich wieder die Sonne.
        Wir sind am {de_day} aus dem Urlaub an der Ostsee zurückgekommen.
        Die Kinder haben gerade Ferien, deshalb geht es bei uns etwas turbulent zu.
        Mein Mann hat im {de_month} seinen Sechzigsten gefeiert.
        Unsere Tochter {de_first} ist im {de_month} in die Schule gekommen.
        Die Bahn hatte heute wieder Verspätung, aber das kennen Sie sicher.
        Entschuldigen Sie etwaige Tippfehler, ich schreibe vom Handy.
        Ich bin leider etwas erkältet und daher kaum bei Stimme.
        Vor unserem Haus ist seit Wochen eine Baustelle.
        Ich bin tagsüber meist unter {de_phone} zu erreichen.
        Meine Kundennummer lautet ~~~~~~~~.
        Das Schreiben, das mir vorliegt, trägt das Datum {de_date}.
        Zur Sicherheit hier meine Anschrift: {de_street}, ~~~~~ {de_town}.
        Schon meine Eltern waren Kunden bei {box_firm}.
        Ich weiß, dass bei Ihnen im {de_month} immer viel los ist.
        Mein Nachbar, Herr {de_last}, lässt ebenfalls grüßen.
        Am {de_day} ist bei uns Feiertag, da ist das Büro nicht besetzt.
        Ich kenne mich mit dem Computer nicht so gut aus.
        Normalerweise kümmert sich meine Frau um den Schriftverkehr.
        Der Hund möchte gleich noch raus, also mache ich es kurz.
        Im Garten blühen schon die ersten Krokusse.
        Wir ziehen im {de_month} nach {de_town} um, überall stehen Kisten.
        Gestern war Elternabend, deshalb komme ich erst heute dazu.
        Ich arbeite im Schichtdienst und schreibe deshalb zu so ungewohnter Stunde.
        Falls das schon jemand geschrieben hat, sehen Sie es mir bitte nach.
        Ihre Kollegin Frau {de_last} war neulich sehr freundlich zu mir.
        Mein Chef meinte, ich solle einfach eine Mail schreiben.
        Nächste Woche bin ich auf einer Fortbildung in {de_town}.
        Der Kaffee ist schon wieder kalt, so ein Tag ist das heute.
        Man hört ja, dass auch bei Ihnen viele krank sind.
        Ich bin übrigens der neue Ansprechpartner bei {my_de_company}.
        Am Wochenende war in {de_town} Stadtfest, ich bin noch ganz müde.
        Den Zettel mit meinen Notizen habe ich natürlich zu Hause liegen lassen.
    """),
    "de_closing": lines("""
        Mit freundlichem Gruß
        Mit besten Grüßen
        Mit freundlichen Grüßen aus {de_town}
        Mit herzlichem Dank im Voraus und freundlichem Gruß
        Freundliche Grüße
        Freundlichst
        Beste Grüße
        Schöne Grüße
        Schöne Grüße nach {de_town}
        Sonnige Grüße
        Liebe Grüße
        Ganz liebe Grüße
        Herzlichst
        Es grüßt Sie
        Für Ihre Mühe bedanke ich mich im Voraus.{br}Mit freundlichen Grüßen
        Über eine baldige Rückmeldung würde ich mich freuen.{br}Viele Grüße
        Ich freue mich auf Ihre Antwort und verbleibe{br}mit freundlichen Grüßen
        Danke und Gruß
        Danke schon mal!
        Vielen Dank und einen schönen Feierabend
        Schönes Wochenende euch allen
        Gruß
        VG
        Lg
        MfG aus {de_town}
        i. A.
        Bis bald
        Tschüss und alles Gute
    """),
    "de_signature": lines("""
        {my_de_first}
        {my_de_first} {my_de_last}
        {my_de_last}
        gez. {my_de_last}
        Fam. {my_de_last}
        {my_de_first} {my_de_last}{br}{de_street}{br}~~~~~ {de_town}
        {my_de_first} {my_de_last}{br}Tel. {de_phone}{br}Mobil {de_phone}
        {my_de_first} {my_de_last}{br}{de_job}{br}{my_de_company}
        i. V. {my_de_first} {my_de_last}{br}{de_job}{br}{my_de_company}{br}{de_street}, ~~~~~ {de_town}
        Dr. {my_de_first} {my_de_last}{br}{my_de_company}{br}Telefon: {de_phone}{br}Fax: {de_phone}
        Dipl.-Ing. {my_de_first} {my_de_last}{br}{de_job}, {my_de_company}
    """),
    "de_small": lines("""
        {my_de_company}, Sitz der Gesellschaft: {de_town}
        Amtsgericht {de_town}, HRB ~~~~~, Geschäftsführer: {de_first} {de_last}
        Registergericht: {de_town}, HRA ~~~~; USt-IdNr.: DE~~~~~~~~~
        {my_de_company} | {de_street} | ~~~~~ {de_town} | Tel. {de_phone}
        Bankverbindung: Sparkasse {de_town}, IBAN DE~~ ~~~~ ~~~~ ~~~~ ~~~~ ~~
        Diese Nachricht kann vertrauliche Informationen enthalten und ist nur für den Adressaten bestimmt.
        Haben Sie diese E-Mail irrtümlich erhalten, informieren Sie bitte den Absender und löschen Sie sie.
        Das unerlaubte Kopieren sowie die unbefugte Weitergabe dieser Mail ist nicht gestattet.
        Hinweise zum Datenschutz finden Sie auf unserer Internetseite.
        Bürozeiten: {de_day} bis {de_day}, 8 bis 16 Uhr
        Unsere Allgemeinen Geschäftsbedingungen senden wir Ihnen auf Wunsch gern zu.
        Muss diese Mail wirklich ausgedruckt werden? Der Wald sagt danke.
        Anlagen: keine
        Gesendet mit der Mail-App
        Dieses Schreiben wurde maschinell erstellt und ist ohne Unterschrift gültig.
    """),
}

JUDGING: dict[str, tuple[str, ...]] = {}
