"""Openings and closings in other languages, around an English text."""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "german_greeting": lines("""
        Sehr geehrte Damen und Herren,
        Guten Tag,
        Guten Morgen,
        Hallo zusammen,
        Hallo {agent},
        Liebes {box_firm}-Team,
        Sehr geehrte Frau {last},
        Sehr geehrter Herr {last},
        Moin,
        Grüß Gott,
        Servus miteinander,
        Werte Kundenbetreuung,
    """),
    "german_aside": lines("""
        ich hoffe, es geht Ihnen gut.
        bitte entschuldigen Sie, dass ich auf Englisch schreibe.
        mein Kollege {first} hat mir Ihre Adresse gegeben.
        leider ist mein Deutsch noch nicht sehr gut, daher weiter auf Englisch:
        wir sind gerade aus dem Urlaub in {town} zurück.
        hier in {my_town} regnet es seit {day_de}.
        ich schreibe Ihnen im Namen meiner Mutter, {first} {last}.
        Kundennummer ~~~~~~~.
    """),
    "day_de": ("Montag", "Mittwoch", "Freitag", "gestern", "drei Tagen"),
    "german_closing": lines("""
        Mit freundlichen Grüßen
        Freundliche Grüße aus {my_town}
        Viele Grüße
        Beste Grüße und vielen Dank im Voraus
        Herzliche Grüße
        MfG
        Vielen Dank und schönes Wochenende
        LG
        Hochachtungsvoll
        Liebe Grüße, auch an {agent}
    """),
    "german_tail": lines("""
        Von meinem Telefon gesendet
        {my_company}, {street}, {my_town}
        Diese E-Mail ist vertraulich. Sollten Sie nicht der Empfänger sein, löschen Sie sie bitte.
        Tel.: {phone}
        Bitte denken Sie an die Umwelt, bevor Sie diese Mail drucken.
    """),
}

JUDGING = {
    "french_greeting": lines("""
        Bonjour,
        Bonjour Madame, bonjour Monsieur,
        Madame, Monsieur,
        Chère équipe de {box_firm},
        Cher {agent},
        Bonjour à tous,
        Chers amis de {box_firm},
        Bonsoir,
        Salut,
        Cher service clientèle,
    """),
    "french_aside": lines("""
        J'espère que vous allez bien.
        Excusez-moi d'écrire en anglais.
        Mon voisin {first} m'a donné votre adresse.
        Il pleut à {my_town} depuis une semaine.
        Nous rentrons de vacances à {town}.
        Je vous écris de la part de ma tante, {first} {last}.
        Numéro de client : ~~~~~~
    """),
    "french_closing": lines("""
        Cordialement,
        Bien cordialement,
        Bien à vous,
        Merci d'avance et bonne journée,
        Veuillez agréer, Madame, Monsieur, mes salutations distinguées.
        Avec mes remerciements,
        Bon week-end,
        Amicalement,
        Sincères salutations de {my_town}
    """),
    "french_tail": lines("""
        Envoyé depuis mon téléphone
        {my_company}, {street}, {my_town}
        Ce message est confidentiel.
        Tél. {phone}
    """),
    "spanish_greeting": lines("""
        Hola,
        Hola, buenos días:
        Buenas tardes,
        Estimados señores:
        Estimado equipo de {box_firm}:
        Estimada señora {last}:
        Hola {agent}:
        Muy buenas,
        A quien corresponda:
        Queridos amigos:
    """),
    "spanish_aside": lines("""
        Espero que estén todos bien.
        Perdón por escribir en inglés.
        Mi prima {first} me dio su dirección.
        Hace mucho calor en {my_town} estos días.
        Acabamos de volver de {town}.
        Escribo en nombre de mi padre, {first} {last}.
        Número de cliente: ~~~~~~
    """),
    "spanish_closing": lines("""
        Saludos,
        Un saludo,
        Saludos cordiales,
        Muchas gracias de antemano,
        Un abrazo desde {my_town},
        Atentamente,
        Gracias y buen fin de semana,
        Reciban un cordial saludo,
        Hasta pronto,
    """),
    "spanish_tail": lines("""
        Enviado desde mi móvil
        {my_company}, {street}, {my_town}
        Este correo es confidencial.
        Tfno. {phone}
    """),
}
