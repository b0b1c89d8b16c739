"""Legal small print, built from an opening, a middle and an end: hundreds in each half."""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "disclaimer": lines("""
        {legal_open} {legal_middle} {legal_end}
        {legal_open} {legal_middle}
        {legal_open} {legal_end} {legal_green}
        {legal_middle} {legal_end}{br}{legal_register}
        {legal_register}{br}{br}{legal_open} {legal_middle} {legal_end}
    """),
    "legal_open": lines("""
        CONFIDENTIALITY NOTICE: This e-mail and any attachments are for the addressee only.
        This message is intended solely for the person or entity to which it is addressed.
        DISCLAIMER - The information in this mail is confidential and may be privileged.
        The contents of this e-mail are private and protected by law.
        IMPORTANT: this communication may contain privileged material.
        This email (including attachments) is meant for the named recipient alone.
        Confidential. The following lines form part of every message that {my_company} sends.
    """),
    "legal_middle": lines("""
        If you are not the intended recipient, please notify the sender and delete this message.
        Any use, copying or distribution by others is strictly prohibited.
        If you have received this in error, kindly inform us by return and destroy all copies.
        Unauthorised disclosure may be unlawful.
        Opinions in it are those of the author and not necessarily those of {my_company}.
        No contract may be concluded on behalf of {my_company} by means of e-mail.
        We accept no liability for any damage caused by a virus transmitted with this email.
        E-mail is not a secure medium, and {my_company} does not vouch for its completeness.
    """),
    "legal_end": lines("""
        {my_company} reserves the right to monitor all traffic.
        Please see our privacy notice for how we handle personal data.
        Personal data is processed in line with the GDPR.
        Our general terms apply; they are sent on request.
        Errors and omissions excepted.
        Nothing in here is legal advice.
    """),
    "legal_green": lines("""
        Please consider the environment before printing this email.
        Save paper: think before you print.
    """),
    "legal_register": lines("""
        {my_company}, registered in {town}, company number ~~~~~~~~. Office: {street}, {town}.
        {my_company} | {street} | {town} | VAT GB~~~~~~~~~
        Directors: {first} {last}, {first} {last}. Registered at {town}, no. ~~~~~~~.
    """),
}

JUDGING = {
    "disclaimer": lines("""
        {legal_open} {legal_middle} {legal_middle_two} {legal_end}
        {legal_register}{br}{legal_open} {legal_middle}
        {legal_open} {legal_middle_two}{br}{br}{legal_green}
        {legal_middle} {legal_middle_two}
        {legal_open} {legal_end}{br}{legal_register}
    """),
    "legal_open": lines("""
        NOTICE TO RECIPIENT: what you read here was written for the addressee and nobody else.
        This transmission may hold proprietary, private or otherwise protected information.
        The sender of this electronic mail asks you to respect its confidential nature.
        Privileged and confidential - attorney work product where so marked.
        ** This note and its enclosures are the property of {my_company}. **
        Legal notice of {my_company}:
        What follows is required by the compliance rules of {my_company}.
    """),
    "legal_middle": lines("""
        Should it have reached you by mistake, be so kind as to return it and erase it.
        Persons other than the addressee may neither read nor forward nor rely on it.
        Wrong recipient? Tell the office in {town} and remove it from your system.
        Review or retention by anybody else is forbidden and may be an offence.
    """),
    "legal_middle_two": lines("""
        Views expressed here are personal unless stated otherwise.
        {my_company} declines all responsibility for alterations made after sending.
        Though scanned before dispatch, attachments are opened at your own risk.
        Declarations by e-mail bind {my_company} only after written confirmation.
    """),
    "legal_end": lines("""
        Messages from and to this domain may be archived for ~ years.
        How {my_company} treats your data is set out on its web site.
        You may object to the storage of your address at any time.
        The courts of {town} have sole jurisdiction.
        Terms of {month} {year} are in force.
        Governed by the law of the seat of {my_company}.
    """),
    "legal_green": lines("""
        Do you really need a paper copy? Trees say thank you.
        Think green - read it on the screen.
    """),
    "legal_register": lines("""
        {my_company} - seat: {town} - HRB ~~~~~ - managing director: {first} {last}
        {my_company}, {street}, {town}. Commercial register ^~~~~~.
        Chair of the board: {first} {last}. Trade register of {town} ~~.~~~.~~~
    """),
}
