"""What the people of a service desk say and write, with nothing about any one topic in it."""

from __future__ import annotations

from ._grammar import lines

SHAPING = {
    "agent": ("{first}", "{first} {last}", "Ms {last}", "Mr {last}"),
    "agent_hello": lines("""
        Good morning, {box_firm}, {first} speaking, how can I help you?
        {box_firm} customer service, my name is {first}. What can I do for you today?
        Thank you for calling {box_firm}, you are speaking with {first}.
        Hello and welcome to {box_firm}, this is {first}.
        Thank you for holding. My name is {first}, how may I assist you?
        Good day, you are through to {first} at {box_firm}.
        Hello, {first} here, thanks for waiting.
        {first} {last}, customer care, hello.
        Welcome to {box_firm}. This call may be recorded for training. I am {first}.
        Hi, {first} from {box_firm} on the line.
    """),
    "agent_check": lines("""
        May I have your name, please?
        Could I take your full name and your date of birth?
        And what is your postcode, please?
        For security, can you give me the first line of your address?
        Can you spell your surname for me?
        Is this the best number to reach you on?
        Am I speaking with the account holder?
        Have you called us about this before?
        Do you happen to have your customer number at hand?
        Just to be sure, which e-mail address do we have for you?
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
    "caller_small": lines("""
        Hello, can you hear me?
        Yes, hello, good morning.
        Oh, finally a human being, hello.
        Hi, my name is {my_first} {my_last}.
        It is {my_last}, {my_first} {my_last}.
        Yes, that's right.
        Yes, one moment, I need my glasses. It is ~~~~~~.
        {street}, {my_town}.
        No, it is the first time.
        Okay.
        Sorry, the line is bad here.
    """),
    "caller_bye": lines("""
        No, that was all, thank you.
        Okay, thanks, bye.
        Alright, thank you, {first}.
        Thanks, you too.
        Lovely, goodbye.
        Okay then. Bye bye.
    """),
}

JUDGING = {
    "agent": ("{first}", "{first} {last}", "Mrs {last}", "Mr. {last}"),
    "agent_hello": lines("""
        Hi! You are now connected with {first}.
        {first} has joined the chat.
        Hello, this is {first} from the {box_firm} chat team. How is your day going?
        Welcome! An assistant will be with you shortly.
        Hey, {first} here. How can we help?
        Thanks for reaching out to {box_firm} today!
        Good afternoon, I am {first}, your contact for today.
        Hi, sorry to keep you waiting, what's up?
        Hello and thanks for your message. Whom do I have the pleasure with?
        You have been transferred to {first} {last}.
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
        {first} has left the conversation.
        Please rate this chat from 1 to 5.
        A transcript will be sent to {my_mail}.
        We will get back to you by {day}.
        Have a good one!
    """),
    "chat_open": lines("""
        hey
        hi there
        hello?
        anyone here?
        u there?
        yo
        hey hey
        good evening :)
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
        thnx a lot {first}
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
