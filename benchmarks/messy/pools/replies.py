"""Replies that stand quoted under a mail: small talk, or an agent's answer that fits any topic."""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "attribution": lines("""
        On {day3}, {dd} {mon} {year} at {hh}:{mi}, {box_firm} <{box_service_mail}> wrote:
        On {dd}/{mo}/{year} {hh}:{mi}, {my_agent} wrote:
        On {day}, {month} {dd}, {year}, {my_agent} ({box_firm}) wrote:
        {my_agent} <{box_service_mail}> wrote on {dd}.{mo}.{year}:
        Am {dd}.{mo}.{year} um {hh}:{mi} schrieb {box_firm} <{box_service_mail}>:
    """),
    "service_mail": ("service@{box_site}", "support@{box_site}", "care@{box_site}"),
    "site": ("www-{slug}.example", "{slug}.example"),
    "reply_open": lines("""
        Dear {my_first} {my_last},
        Dear Customer,
        Hello {my_first},
        Dear {my_first},
        Dear valued customer,
    """),
    "reply_body": lines("""
        Thank you for your message. It has been passed on to the department in charge.
        Thank you for contacting {box_firm}. We will get back to you within ~ working days.
        We have received your mail and given it the number ~~~~~~~.
        Many thanks for your patience. My colleague {first} is looking after this.
        Could you please tell us a little more, so that we can help you?
        Thanks for your kind words, which I have shared with the team.
        It was nice talking to you on the telephone on {day}.
        I hope that you had a good journey back to {my_town}.
        I was out of the office until {day}, so please excuse the late reply.
        Please do not hesitate to write if there is anything else.
    """),
    "reply_more": lines("""
        Our lines are open from 8 am to 6 pm, {day} to {day}.
        Please keep the number in the subject line when you reply.
        In the meantime I wish you a pleasant {day}.
        It may take a little longer than usual because of the holidays.
        You need not do anything for now.
        I hope that the weather in {my_town} is better than here.
        We are happy to be of service.
    """),
    "reply_close": lines("""
        Your {box_firm} team
        Best regards, {my_agent}, {box_firm}
        With best wishes{br}{my_agent}{br}Customer Service
        Yours sincerely{br}{my_agent}
        {my_agent}{br}{box_firm} customer care
    """),
}

JUDGING = {
    "customer_attribution": lines("""
        {my_first} {my_last} <{my_mail}> schrieb am {day}:
        Le {dd} {mon} {year} à {hh}:{mi}, {my_first} {my_last} a écrit :
        ---- At {hh}:{mi} +0~00, {dd} {mon} {year}, {my_mail} wrote ----
        At {hh}:{mi} on {mo}/{dd}/{year}, {my_first} {my_last} said:
        El {day3}, {dd} {mon} {year} a las {hh}:{mi}, {my_first} escribió:
    """),
    "service_mail": ("help@{box_site}", "mailbox@{box_site}", "desk@{box_site}", "info@{box_site}"),
    "site": ("my-{slug}.example", "{slug}-online.example"),
    "reply_open": lines("""
        Hi {my_first},
        Good day {my_first} {my_last},
        Dear member,
        {my_first},
        Hello, dear {my_last} family,
    """),
    "reply_body": lines("""
        We are in receipt of your enquiry and shall revert in due course.
        Your note has landed with us, and a specialist will read it by {day}.
        This mail confirms that case ~~~~~~ was opened for you.
        It is with {first} {last} now, who knows more about it than I do.
        Before we go on, would you send us some details?
        What a nice surprise to read from you again, {my_first}.
        As agreed in our chat I am writing you these few lines.
        How was {town}? I have always wanted to go there.
        The office was closed on {day}, thank you for bearing with us.
        Whatever it is, we are only a mail away.
    """),
    "reply_more": lines("""
        You can reach the desk every {day} between 8:30 and 18:30.
        Leave the subject unchanged, please, so that it finds its way back to me.
        Until then, enjoy your {day}.
        Because of illness in the team some answers take a day longer.
        There is nothing to do on your side at the moment.
        It is snowing here in {town}, by the way.
        It is always a pleasure to hear from {my_town}.
    """),
    "reply_close": lines("""
        {box_firm}, the help desk
        Regards, {my_agent}
        {my_agent} | {box_firm} | second line
        Kindly, {my_agent}{br}Client Relations
        Cordial greetings from {box_firm}, {my_agent}
    """),
}
