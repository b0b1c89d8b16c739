"""Headers, footers and field labels of forms, ticket systems, forwarded mail and phones.

``set_form`` and the like: one mailbox has one layout, so its lines repeat over many rows.
"""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "form_head": lines("""
        New message from the contact form of {box_site}{br}Name: {my_first} {my_last}{br}Message:
        Contact request ~~~~~{br}From: {my_first} {my_last}{br}E-mail: {my_mail}{br}Text:
        [Web form] {box_firm}{br}First name: {my_first}{br}Last name: {my_last}{br}Your message:
        Name: {my_first} {my_last}{br}E-mail: {my_mail}{br}Phone: {phone}{br}Comment:
    """),
    "form_foot": lines("""
        Sent via contact form{br}Browser: {browser}{br}Page: {box_site}/contact{br}IP: {ip}
        --{br}This mail was sent via the contact form of {box_firm}{br}Page: {page}
        Submitted: {date} {hh}:{mi}{br}Browser: {browser}{br}Privacy policy accepted: yes
        Source: web{br}Language: en{br}Page: {page}{br}Consent given: {date}
    """),
    "page": ("/contact", "/help/contact-us", "/service", "/en/contact", "/form?id=~~"),
    "browser": lines("""
        Firefox ~~.0 on Windows 10
        Chrome ~~~.0 on Android 1~
        Safari 1~.~ on macOS
        Edge ~~~ on Windows 11
    """),
    "ip": ("192.0.2.~~", "198.51.100.~~"),
    "crm": lines("""
        Customer: {my_first} {my_last}{br}Channel: {channel}{br}Owner: {agent}{br}Note: {TEXT}
        Day: {date}{br}Contact: {my_last}{br}Taken by: {agent}{br}{br}{TEXT}{br}{br}{crm_end}
        Call note {date} {hh}:{mi}{br}Caller: {my_first} {my_last} ({my_town}){br}Said: "{TEXT}"
        ACCOUNT {my_last} / ~~~~~{br}ACTIVITY {channel}{br}DESCRIPTION{br}{TEXT}{br}{crm_end}
        Meeting with {my_first} {my_last}, {company}{br}Present: {agent}, {my_last}{br}* {TEXT}
        Id: ~~~~~~ | Channel: {channel} | Agent: {agent}{br}{br}Customer writes: {TEXT}
    """),
    "crm_end": lines("""
        Next step: none yet{br}Status: open
        Follow-up: {date}{br}Priority: normal
        Status: new{br}Assigned to: {agent}
        Duration: ~~ min{br}Outcome: to be decided
    """),
    "channel": ("phone", "e-mail", "letter", "branch office", "trade fair"),
    "speakers": lines("""
        Agent: || Customer:
        AGENT: || CUSTOMER:
        Advisor: || Caller:
        [Agent] || [Customer]
        A: || C:
    """),
    "call_head": lines("""
        Call transcript, {date}, {hh}:{mi}
        Recording ~~~~~~~ / line ~
        -- call starts --
        Transcript of call no. ~~~~~~ with {my_first} {my_last}
    """),
}

JUDGING = {
    "forward_head": lines("""
        -----Original Message-----
        ---------- Forwarded message ---------
        ________________________________
        Begin forwarded message:
    """),
    "forward_fields": lines("""
        From: {my_first} {my_last} <{my_mail}>{br}Sent: {sent}{br}To: {to}{br}Subject: {subject}
        From: {my_first} {my_last}{br}Date: {sent}{br}Subject: {subject}{br}To: {to}
        From: {my_mail}{br}Sent: {sent}{br}To: {to}{br}Cc: {first} {last}{br}Subject: FW: {subject}
        *From:* {my_first} {my_last} <{my_mail}>{br}*Sent:* {sent}{br}*To:* {to}
    """),
    "sent": ("{day}, {month} {dd}, {year} {h}:{mi} PM", "{dd} {month} {year} {hh}:{mi}"),
    "to": ("{box_service_mail}", "{box_firm} <{box_service_mail}>", "{agent}"),
    "forward_note": lines("""
        FYI
        {first}, please see below.
        Can you take this one? {agent}
        Came in overnight.
        Is this for us or for the others?
        fyi & kind regards, {agent}
        See mail below, thx
        Hi {first}, one for your team I believe.
        Landed in my inbox by accident.
        For you. {agent}
    """),
    "ticket_head": lines("""
        ##- Please type your reply above this line -##{br}Ticket #{my_ticket} has been updated
        [Ticket #{my_ticket}] New comment by {my_first} {my_last}
        ##- Reply above this line -##{br}{my_first} {my_last}, {date}, {hh}:{mi}
        Your case {my_ticket} was reopened{br}Requester: {my_mail}{br}Assignee: {agent}
    """),
    "ticket_foot": lines("""
        You are in copy on this case ({my_ticket}).{br}This mail is a service of {box_firm}.
        Ticket: https://{box_site}/t/{my_ticket}{br}Queue: general | State: open | SLA: ~~ h
        [{slug}-~~~~-{my_ticket}]
        To follow this case visit https://{box_site}/cases{br}Delivered by {box_firm} Desk
    """),
    "ticket": ("~~~~", "~~~~~"),
    "mobile": lines("""
        Sent from my phone
        Sent from my tablet
        Sent from my mobile device, please excuse brevity.
        Sent from Mail for Phones
        Get the mail app for your phone
        Sent from my pocket computer in {my_town}
        sent on the go
        Typed with my thumbs
        Sent from a tiny screen
    """),
    "html_open": lines("""
        <p>{greeting}&nbsp;</p>
        <div dir="ltr">{greeting}<br><br>
        <html><body style="font-family:Arial; font-size:11pt"><p>{greeting}</p>
        <p class="MsoNormal"><span lang="EN-GB">{greeting}</span></p>
        <style>p.x{margin:0cm;color:#1F497D}</style>{br}<div>{greeting}</div>
        <font face="Verdana" size="2">{greeting}<br />
    """),
    "html_before": ("<p>", "<div>", '<p class="MsoNormal">', "<br>", "<span style='color:black'>"),
    "html_after": ("</p>", "</div>", "<br>&nbsp;<br>", "<br /><br />", "</span>"),
    "html_close": lines("""
        <p>&nbsp;</p><p>{closing}<br>{my_first} {my_last}</p>
        <div><br></div><div>{closing}&nbsp;{my_first}</div></div>
        <p class="MsoNormal"><o:p>&nbsp;</o:p></p><p>{closing}</p><p>{my_last}</p></body></html>
        <hr><i>{my_first} {my_last} &middot; {job} &middot; {phone}</i>
        <br>{closing}<br><b>{my_first}</b><img src="cid:image00~.png" width="1" height="1">
    """),
    "postscript": lines("""
        P.S. {aside}
        PS: {aside}
        p.s. {aside} {aside}
        P.P.S. {aside}
    """),
}
