"""How letters begin and end: salutations, closings, signatures, subjects.

A line is one template. ``{br}`` is a line break, ``~`` a digit, ``^`` a capital letter.
"""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "greeting": lines("""
        Dear Sir or Madam,
        Dear team,
        Dear {box_firm} team,
        Dear all,
        Dear customer service,
        Dear Customer Care Team,
        Dear {agent},
        Dear Ms {last},
        Dear Mr {last},
        Dear Mrs. {last},
        Hello,
        Hello!
        Hello there,
        Hello {box_firm},
        Hello {agent},
        Hello everyone,
        Hello dear support team,
        Good morning,
        Good morning {agent},
        Good morning to you all,
        Good day to you,
        Good evening,
        Greetings,
        Greetings from {my_town},
        To whom it may concern:
        Attn: customer service
        Hey team,
        Hey you at {box_firm},
        Hey there,
        Ladies and gentlemen,
        Hello again,
        Dear friends at {box_firm},
        Dear support desk,
        FAO the service department
    """),
    "closing": lines("""
        Best regards,
        Best regards from {my_town},
        Best wishes,
        Best,
        With best regards
        Yours sincerely,
        Yours faithfully,
        Sincerely,
        Sincerely yours,
        Many thanks,
        Many thanks in advance,
        Thanks,
        Thanks a lot!
        Thanks and regards,
        Thanks in advance and have a good weekend,
        Thank you.
        Thank you very much indeed,
        Thank you for your time,
        Thank you in advance for your help,
        Cheers,
        Cheers and have a nice day
        All the best,
        All the very best,
        Looking forward to hearing from you,
        I look forward to your reply.{br}Best regards
        Have a great day,
        Respectfully,
        Respectfully yours,
        Take care,
        Hoping for a quick word from you,
        With many thanks and good wishes,
        Yours,
        -
        --
    """),
    "signature": lines("""
        {my_first}
        {my_first} {my_last}
        {my_first} {my_last}{br}{my_town}
        {my_first} {my_last}{br}Tel. {phone}
        {my_first} {my_last}{br}{street}{br}{my_town}
        {my_first} {my_last}{br}{job}, {my_company}
        {my_first} {my_last}{br}{job}{br}{my_company}{br}{street}, {my_town}{br}Phone: {phone}
        {my_last}, {my_first}
        Mr. {my_last}
        Ms. {my_last}
        {my_first} and family
        {my_first} {my_last} | {job} | {my_company} | {phone}
    """),
    "short_end": lines("""
        Thx, {my_first}
        Warmly {my_first}
        - {my_first}
        Rgds, {my_first} {my_last}
        Thanks again, {my_first}
        /{my_first}
        BR {my_first}
    """),
    "subject": lines("""
        Question
        A question
        Quick question from {my_first}
        Help please
        Your help is needed
        Request
        Enquiry from {my_first} {my_last}
        Hello
        Message for the service team
        Customer no. ~~~~~~
        Re: your mail of {date}
        RE: RE: our conversation
        Contact request
        Mail from {my_town}
        Follow-up to my call on {day}
        Please read
        (no subject)
        Important
        AW: your message
        Your reference ^^-~~~~~
    """),
    "subject_label": ("Subject: ", "SUBJECT: ", "Re: ", "Topic: "),
}

JUDGING = {
    "greeting": lines("""
        Hi,
        Hi!
        Hi there,
        Hi all,
        Hi team,
        Hi {box_firm} team,
        Hi {agent},
        Hi guys,
        Hi folks,
        Hi again,
        Hiya,
        Dear Sirs,
        Dear Madam or Sir,
        Dear Support,
        Dear support team at {box_firm},
        Dear colleagues,
        Dear Mr. or Ms. {last},
        Dear Miss {last},
        Dear Dr. {last},
        Dear service team, dear {agent},
        Dear whoever reads this,
        Dear people of {box_firm},
        Good afternoon,
        Good afternoon {agent},
        Good afternoon, {box_firm},
        A very good morning to you,
        Morning all,
        Morning {agent},
        Evening,
        Team,
        {agent} -
        Howdy,
        For the attention of the help desk
        Salutations,
        My dear ladies and gentlemen,
    """),
    "closing": lines("""
        Kind regards,
        Kindest regards,
        Kind regards and thanks,
        Warm regards,
        Warmest wishes from {my_town},
        Regards,
        With regards,
        With kind regards
        Yours truly,
        Very truly yours,
        With appreciation,
        Gratefully,
        Much appreciated,
        Much obliged,
        Cordially,
        Thanking you in anticipation,
        Thanks so much,
        Thanks for your time and patience,
        Thanks for reading all this,
        Thank you kindly,
        Thank you and best,
        Ta,
        Until then,
        Talk soon,
        Awaiting your answer I remain,
        Please get back to me at your convenience.{br}Regards,
        With thanks and kind greetings,
        Wishing you a pleasant week,
        Have a peaceful evening,
        Bye for now,
        Yours in haste,
        Be well,
        Respectfully submitted,
        ***
    """),
    "signature": lines("""
        {my_first} from {my_town}
        {my_first} {my_last}, {my_town}
        {my_first} {my_last} ({job})
        {my_first} {my_last}{br}{my_company}{br}T {phone}
        {my_first} {my_last}{br}Mobile {phone}{br}{street}{br}{my_town}
        Dr. {my_first} {my_last}{br}{job}{br}{my_company}
        {my_first} {my_last}{br}{job} at {my_company}{br}{street}{br}{my_town}{br}m: {phone}
        {my_first} & {first} {my_last}
        Mrs {my_last}
        {my_first} {my_last}, ~ {noun} Row
        {my_last}
        Family {my_last}{br}{street}{br}{my_town}
    """),
    "short_end": lines("""
        Ty! {my_first}
        KR {my_first}
        {my_first} :-)
        xx {my_first}
        ever yours, {my_first} {my_last}
        All for now. {my_first}
        tks & rgds {my_last}
    """),
    "subject": lines("""
        Help
        Urgent!!
        Something I wanted to ask
        Message from {my_first} {my_last}
        Enquiry
        Question for {agent}
        Our call this morning
        WG: mail of {date}
        Your file ~~~/~~~~
        FYI
        My account no. ~~~~~~~
        Can somebody look at this
        anybody there???
        2nd attempt
        Case ~~~~~~~
        Regarding my last message
        None
        Web enquiry
        Not sure who to write to
        To the service team at {box_firm}
    """),
    "subject_label": ("Title: ", "Subj.: ", "Betreff: ", "Concerns: "),
}
