"""What the people of a service desk say and write, with nothing about any one topic in it."""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "agent": ("{first}", "{first} {last}", "Ms {last}", "Mr {last}"),
    "agent_hello": lines("""
        Good morning, {box_firm}, {my_agent} speaking, how can I help you?
        {box_firm} customer service, my name is {my_agent}. What can I do for you today?
        Thank you for calling {box_firm}, you are speaking with {my_agent}.
        Hello and welcome to {box_firm}, this is {my_agent}.
        Thank you for holding. You have {my_agent} on the line, how may I assist you?
        Good day, you are through to {my_agent} at {box_firm}.
        Hello, {my_agent} here, thanks for waiting.
        {my_agent}, customer care, hello.
        Welcome to {box_firm}. This call may be recorded for training. I am {my_agent}.
        Hi, {my_agent} from {box_firm} on the line.
    """),
    "agent_check": lines("""
        May I have your name, please? || {my_first} {my_last}.
        Could I take your full name and your date of birth? || {my_first} {my_last}, {date}.
        And what is your postcode, please? || ~~~~~, {my_town}.
        For security, can you give me the first line of your address? || {street}.
        Can you spell your surname for me? || Sure, {my_last}, as one says it.
        Is this the best number to reach you on? || Yes, or {phone}.
        Am I speaking with the account holder? || Yes, that's me.
        Have you called us about this before? || No, it is the first time.
        Do you happen to have your customer number at hand? || One moment, my glasses. It is ~~~~~~.
        Just to be sure, which e-mail address do we have for you? || {my_mail}
    """),
    "agent_ask": lines("""
        So, what is it about?
        Thank you. And how can I help?
        Perfect, I have found you. What can I do for you?
        Great, thanks for that. Tell me what is on your mind.
        All right, please go ahead.
        I am listening.
        Okay, what brings you to us today?
        Wonderful. Please tell me in your own words.
    """),
    "agent_ack": lines("""
        Okay, let me just note that down.
        I see. One moment, please.
        Mm-hm. Bear with me while I type this.
        Right, thank you for explaining that.
        I understand. Give me a second.
        Sure, let me have a look.
        Thanks, I have written that down.
        Okay, I am just opening your file.
        Let me put you on hold for a minute.
        I will pass that on to the right team.
        Got it. The system is a little slow today.
    """),
    "agent_bye": lines("""
        Is there anything else that I can do for you?
        Thank you for your call, have a nice day.
        You will hear from us within ~ working days.
        Thanks for calling {box_firm}, goodbye.
        All right, a colleague will be in touch.
        Enjoy the rest of your day.
        Thanks for your patience, goodbye.
        Take care now, bye.
    """),
    "caller_open": lines("""
        Hello, can you hear me?
        Yes, hello, good morning.
        Oh, finally a human being, hello.
        Hi, my name is {my_first} {my_last}.
        It is {my_last}, {my_first} {my_last}.
        Good morning, {my_last} here, calling from {my_town}.
        Sorry, the line is bad here. Hello?
        Yes, hi, I am in the car, but go ahead.
    """),
    "caller_bye": lines("""
        No, that was all, thank you.
        Okay, thanks, bye.
        Alright, thank you, {my_agent}.
        Thanks, you too.
        Lovely, goodbye.
        Okay then. Bye bye.
    """),
}

JUDGING = {
    "agent": ("{first}", "{first} {last}", "Mrs {last}"),
    "agent_hello": lines("""
        Hi! You are now connected with {my_agent}.
        {my_agent} has joined the chat.
        Hello, this is {my_agent} from the {box_firm} chat team. How is your day going?
        Welcome! An assistant will be with you shortly.
        Hey, {my_agent} here. How can we help?
        Thanks for reaching out to {box_firm} today!
        Good afternoon, I am {my_agent}, your contact for today.
        Hi, sorry to keep you waiting, what's up?
        Hello and thanks for your message. Whom do I have the pleasure with?
        You have been transferred to {my_agent}.
    """),
    "agent_check": lines("""
        Could you tell me your client ID?
        What name is it registered under?
        Which country are you writing from?
        Can I have the mail address that you signed up with?
        Would you confirm the last four digits of your phone number?
        Are you on a phone or on a computer right now?
        Did you write to us earlier this week?
        Please verify your year of birth.
        May I open your profile?
        Is {my_first} your first name?
    """),
    "agent_ask": lines("""
        How may I be of service?
        What would you like to talk about?
        Tell me more!
        Go on, I am all ears.
        In a few words, what is this about?
        What's happening?
        What do you have for us today?
        Please describe it as well as you can.
    """),
    "agent_ack": lines("""
        ok, checking
        Thank you, reading it now.
        Hang on, I will be right back.
        Alright, noted.
        Gotcha, a sec please.
        I am handing this over to a specialist.
        Let me find somebody who knows.
        Thanks for letting me know, {my_first}.
        Still here, just a moment.
        Hmm, let me see what I can find.
        I appreciate your patience.
    """),
    "agent_bye": lines("""
        Anything else for today?
        Was that all?
        Thanks for chatting with {box_firm}!
        {my_agent} has left the conversation.
        Please rate this chat from 1 to 5.
        A transcript will be sent to {my_mail}.
        We will get back to you by {day}.
        Have a good one!
    """),
    "chat_open": lines("""
        hey
        hi there
        helloo?
        anyone here?
        u there?
        yo
        hey hey
        gd evening :)
        is this a bot or a person
        hii
        {my_first} here
        sry was afk
    """),
    "chat_filler": lines("""
        ok
        one sec
        sorry typing on my phone
        brb
        so
        k
        u still there?
        still waiting lol
        hm
        my cat just sat on the keyboard
        :)
        sec, someone at the door
    """),
    "chat_close": lines("""
        ok thx
        thx bye
        kk
        great ty
        cu
        alright, thank u
        gotta go, bus is here
        👍
        ok then, nite
        cool
        thnx a lot {my_agent}
    """),
    "voice_open": lines("""
        Uh, hi, this is {my_first} {my_last} calling.
        Yeah, hello, um, {my_last} from {my_town} here.
        Hi, er, I got your machine again.
        Hello, hello? Oh, it is the mailbox. Okay.
        Um, good afternoon, {my_first} {my_last} speaking, it is {hour} now.
        Hey, it's, uh, {my_first}. {my_first} {my_last}.
    """),
    "voice_end": lines("""
        So, yeah. My number is {phone}. Bye.
        Okay, um, call me back on {phone}, thanks, bye bye.
        That's it, I think. You can reach me after {hour}. Bye.
        Alright. Uh, ciao.
        So that was me, {my_last}, {phone}. Thank you. Bye.
        Um. Okay. Until later.
    """),
    "voice_head": lines("""
        New voice message from {phone} ({dd}.{mo}.{year} {hh}:{mi}, 0:~~)
        Voicemail transcription - caller {phone} - length 00:~~
        [Automatic transcript, confidence ~~%]
        You have received a voice message. Caller: {phone}. Duration: ~~ s.
    """),
}
