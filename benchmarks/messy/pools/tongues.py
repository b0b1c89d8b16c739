"""Letters in Dutch, Swedish, Italian, Portuguese, Polish and Turkish around a text of any language."""

from __future__ import annotations

from ._grammar import lines, words

SHAPING = {
    # Dutch
    "nl_first": words("Anneke Bas Bram Daan Femke Gerrit Hendrika Ineke Jasper Jeroen Joost Lieke"),
    "nl_last": words("Aarts Boersma Brouwer Claassen Dekker Dijkstra Evers Geerts Hoekstra Huisman"),
    "nl_town": words("Apeldoorn Breda Deventer Groningen Haarlem Hilversum"),
    "nl_day": words("maandag dinsdag woensdag donderdag vrijdag zaterdag zondag"),
    "nl_subject": lines("""
        Onderwerp: vraag
        Onderwerp: uw brief van {dd}-{mo}-{year}
        Betreft: klantnummer ~~~~~~
        Ons kenmerk: ~~~~/^^
        {nl_town}, {dd}-{mo}-{year}
    """),
    "nl_greeting": lines("""
        Geachte heer, mevrouw,
        Geachte mevrouw {nl_last},
        Geachte heer {nl_last},
        Beste {nl_first},
        Beste allemaal,
        Beste medewerker van {box_firm},
        Beste klantenservice,
        Goedemorgen,
        Goedemiddag,
        Goedendag,
        Dag {nl_first},
        Hoi,
        Hoi {nl_first},
        Hallo allemaal,
        L.S.,
    """),
    "nl_opening": lines("""
        Ik hoop dat het goed met u gaat.
        Naar aanleiding van ons telefoongesprek van {nl_day} stuur ik u dit bericht.
        Mijn naam is {my_nl_first} {my_nl_last} en ik woon in {nl_town}.
        Excuses dat ik u zo laat op de avond nog schrijf.
        Ik ben al jaren klant bij {box_firm}.
        Ik kreeg uw adres van mevrouw {nl_last}.
        Alles goed daar?
        Via de website kon ik u niet bereiken, vandaar deze mail.
        Allereerst de beste wensen voor het nieuwe jaar!
        Zoals afgesproken stuur ik u een berichtje.
        Ik val maar meteen met de deur in huis.
    """),
    "nl_aside": lines("""
        Het regent hier in {nl_town} al de hele week.
        We zijn net terug van een weekje kamperen.
        Sorry voor eventuele typefouten, ik zit in de trein.
        Ik ben op {nl_day} niet te bereiken, dan pas ik op de kleinkinderen.
        Mijn klantnummer is ~~~~~~~.
        Meestal doet mijn man dit soort dingen.
        De fiets stond vanmorgen met een lekke band, dus de dag begon goed.
        Volgende week zijn wij op vakantie in Drenthe.
        Ik schrijf namens mijn moeder, mevrouw {nl_last}.
        Mijn collega {nl_first} heeft u misschien ook al gemaild.
        Hopelijk ben ik hier aan het juiste adres.
        De kinderen zijn ziek thuis, dus ik houd het kort.
        Bij ons in de straat ligt alles open.
        Onze jongste heeft net zijn zwemdiploma gehaald.
        Ik werk meestal in de avonddienst.
        Het was hier gisteren Koningsdag, vandaar de late mail.
        De kat ligt op het toetsenbord, excuses.
        Mijn vorige brief dateert van {dd}-{mo}-{year}.
    """),
    "nl_closing": lines("""
        Met vriendelijke groet,
        Met vriendelijke groeten uit {nl_town},
        Hoogachtend,
        Vriendelijke groet,
        Groetjes,
        Groet,
        Hartelijke groeten,
        Alvast bedankt en een fijne dag!
        Bij voorbaat dank,
        In afwachting van uw antwoord,
        Mvg,
        Fijn weekend!
    """),
    "nl_signature": lines("""
        {my_nl_first}
        {my_nl_first} {my_nl_last}
        {my_nl_first} {my_nl_last}{br}{nl_town}
        Mevr. {my_nl_last}
        Dhr. {my_nl_last}
        {my_nl_first} {my_nl_last}{br}{nl_last} Installatietechniek B.V.{br}06-~~~~~~~~
    """),
    "nl_small": lines("""
        De inhoud van dit bericht is uitsluitend bestemd voor de geadresseerde.
        KvK ~~~~~~~~ | BTW NL~~~~~~~~~B01
        Aan dit bericht kunnen geen rechten worden ontleend.
        Denk aan het milieu voordat u deze mail afdrukt.
        Werkdagen: {nl_day}, {nl_day} en {nl_day}
        Verstuurd vanaf mijn telefoon
    """),
    # Swedish
    "sv_first": words("Agneta Anders Björn Bengt Ebba Gunilla Göran Håkan Ingemar Jonas Kajsa Lennart"),
    "sv_last": words("Andersson Axelsson Berglund Dahlgren Ek Forsberg Gustafsson Hedlund Holmberg Isaksson"),
    "sv_town": words("Borås Eskilstuna Falun Gävle Halmstad Jönköping Kalmar Luleå"),
    "sv_day": words("måndag tisdag onsdag torsdag fredag lördag söndag"),
    "sv_subject": lines("""
        Ämne: fråga
        Ämne: SV: ert mejl från i {sv_day}s
        Ärende: kundnummer ~~~~~~
        Ärendenr ~~~~-~~~~
        {sv_town} {year}-{mo}-{dd}
    """),
    "sv_greeting": lines("""
        Hej!
        Hej {sv_first}!
        Hej hej,
        Hejsan,
        Hej på er,
        God morgon!
        God dag,
        Tjena,
        Hallå där,
        Bästa kundtjänst,
        Till {box_firm}
        Hej alla på {box_firm},
        Hej igen,
    """),
    "sv_opening": lines("""
        Hoppas att allt är bra med er.
        Tack för ett trevligt samtal i {sv_day}s.
        Jag heter {my_sv_first} {my_sv_last} och bor i {sv_town}.
        Ursäkta att jag stör så här före helgen.
        Jag har varit kund hos {box_firm} sedan {year}.
        Jag fick er adress av {sv_first} {sv_last}.
        Hoppas att jag har kommit rätt.
        Jag försökte ringa men kom aldrig fram.
        Gott nytt år till er alla!
        Först och främst hoppas jag att ni har haft en skön sommar.
        Jag ska fatta mig kort.
    """),
    "sv_aside": lines("""
        Här i {sv_town} har det snöat sedan i {sv_day}s.
        Vi kom precis hem från stugan.
        Ursäkta stavningen, jag skriver på mobilen.
        Jag nås enklast efter klockan sexton.
        Mitt kundnummer är ~~~~~~~.
        Det är oftast min sambo som sköter sådant här.
        Barnen har sportlov den här veckan.
        Jag skriver åt min pappa, {sv_first} {sv_last}.
        På {sv_day} åker vi till fjällen.
        Kaffet har hunnit kallna medan jag skriver det här.
        Min kollega {sv_first} hälsar så gott.
        Tåget står stilla, så jag passar på att skriva nu.
        Äntligen börjar det bli ljusare om kvällarna.
        Katten har precis gått över tangentbordet.
        Vi har hantverkare hemma, så det är lite rörigt.
        Jag jobbar natt den här månaden.
        Midsommar stod för dörren, så det blev inte av förrän nu.
        Vår äldsta har just tagit studenten.
    """),
    "sv_closing": lines("""
        Med vänlig hälsning
        Med vänliga hälsningar
        Vänliga hälsningar från {sv_town}
        Hälsningar
        Bästa hälsningar
        Mvh
        Vänligen
        Allt gott,
        Tack på förhand!
        Tack så mycket
        Trevlig helg!
        Ha det fint,
        Kram
    """),
    "sv_signature": lines("""
        {my_sv_first}
        {my_sv_first} {my_sv_last}
        {my_sv_first} {my_sv_last}, {sv_town}
        /{my_sv_first}
        {my_sv_first} {my_sv_last}{br}07~-~~~ ~~ ~~
        {my_sv_first} {my_sv_last}{br}Projektledare{br}{sv_last} Bygg AB
    """),
    "sv_small": lines("""
        Detta mejl är endast avsett för angiven mottagare.
        Org.nr 55~~~~-~~~~
        Så här behandlar vi personuppgifter: se vår webbplats.
        Tänk på miljön innan du skriver ut detta mejl.
        Växel: 0~~-~~~ ~~ ~~
        Skickat från min mobil
    """),
    # Italian
    "it_first": words("Alessandra Antonio Barbara Claudia Davide Donatella Elisabetta Federico Gianni"),
    "it_woman": words("Adele Bruna Carla Franca Graziella"),
    "it_last": words("Barbieri Bellini Bruno Caruso Colombo Conti Fontana Galli Gatti Giordano Greco"),
    "it_town": words("Ancona Bari Bergamo Catania Cremona Ferrara Genova"),
    "it_day": words("lunedì martedì mercoledì giovedì venerdì sabato"),
    "it_subject": lines("""
        Oggetto: richiesta
        Oggetto: R: vostra comunicazione del {dd}/{mo}/{year}
        Oggetto: codice cliente ~~~~~~
        Pratica n. ~~~~/~~
        {it_town}, {dd}/{mo}/{year}{br}Alla cortese attenzione di {box_firm}
    """),
    "it_greeting": lines("""
        Buongiorno,
        Buonasera,
        Buongiorno a tutti,
        Gentili signori,
        Gentile signora {it_last},
        Gentile dott. {it_last},
        Egregi signori,
        Spettabile {box_firm},
        Spett.le servizio clienti,
        Salve,
        Ciao {it_first},
        Ciao a tutti,
        Cara {it_woman},
    """),
    "it_opening": lines("""
        spero che stiate tutti bene.
        come d'accordo al telefono, vi scrivo due righe.
        mi chiamo {my_it_first} {my_it_last} e vi scrivo da {it_town}.
        scusate il disturbo a quest'ora.
        sono vostro cliente dal {year}.
        ho avuto il vostro indirizzo da un'amica, {it_woman} {it_last}.
        non so se sto scrivendo all'ufficio giusto.
        ho provato a telefonare, ma la linea era sempre occupata.
        innanzitutto tanti auguri di buon anno.
        sarò breve.
        è la prima volta che vi scrivo.
    """),
    "it_aside": lines("""
        Qui a {it_town} fa un caldo tremendo.
        Siamo appena tornati dal mare.
        Perdonate gli errori, scrivo dal treno.
        Di solito si occupa di queste cose mio fratello.
        Il mio codice cliente è ~~~~~~~.
        Da {it_day} sarò in ferie.
        Mia figlia si sposa a giugno, quindi in casa c'è un gran movimento.
        Vi scrivo a nome di mia madre, che non usa il computer.
        Domenica abbiamo festeggiato gli ottant'anni del nonno.
        Oggi c'è sciopero e in città non si circola.
        La mattina sono in negozio e non sempre sento il telefono.
        Un saluto anche alla signora {it_last}.
        Ho preso il terzo caffè e finalmente riesco a scrivervi.
        Il gatto dorme sulla tastiera, abbiate pazienza.
        In ufficio siamo rimasti in due, gli altri sono tutti in vacanza.
        La vostra collega {it_woman} è stata molto gentile con me.
        Stiamo traslocando e ci sono scatoloni ovunque.
        Allego i miei più cari saluti per le feste.
    """),
    "it_closing": lines("""
        Cordiali saluti
        Distinti saluti
        Cordialmente
        Un cordiale saluto da {it_town}
        Grazie mille e buona giornata
        Grazie in anticipo
        Ringraziando per l'attenzione, porgo distinti saluti
        In attesa di un vostro riscontro, saluto cordialmente
        Saluti
        Buon lavoro
        Un abbraccio
        A presto
    """),
    "it_signature": lines("""
        {my_it_first}
        {my_it_first} {my_it_last}
        {my_it_last} {my_it_first}
        Famiglia {my_it_last}
        {my_it_first} {my_it_last}{br}via Garibaldi ~~, {it_town}
        Avv. {my_it_first} {my_it_last}{br}Studio {my_it_last}, {it_town}{br}tel. 0~~ ~~~~~~~
    """),
    "it_small": lines("""
        Il contenuto di questa e-mail è riservato ai soli destinatari.
        P. IVA ~~~~~~~~~~~
        Ai sensi del Regolamento UE 2016/679 i dati sono trattati con riservatezza.
        Prima di stampare, pensa all'ambiente.
        Sede legale: corso Mazzini ~~, {it_town}
        Inviato dal mio telefono
    """),
    # Portuguese
    "pt_first": words("Adriana Afonso Benedita Caio Catarina Diogo Eduarda Filipa Gonçalo Henrique Joana"),
    "pt_woman": words("Amélia Conceição Glória Helena Inês Isaura"),
    "pt_last": words("Abreu Azevedo Barbosa Borges Carvalho Correia Coelho Duarte Esteves Faria Guimarães"),
    "pt_town": words("Aveiro Campinas Coimbra Curitiba Évora Faro Fortaleza"),
    "pt_day": words("segunda-feira terça-feira quarta-feira quinta-feira sexta-feira"),
    "pt_subject": lines("""
        Assunto: dúvida
        Assunto: RES: sua mensagem de {dd}/{mo}/{year}
        Assunto: cliente n.º ~~~~~~
        Protocolo ~~~~~~~~
        {pt_town}, {dd}/{mo}/{year}
    """),
    "pt_greeting": lines("""
        Bom dia,
        Boa tarde,
        Boa noite,
        Olá,
        Olá, pessoal,
        Oi, {pt_first}, tudo bem?
        Prezados,
        Prezada {pt_woman},
        Caros senhores,
        Exmos. Senhores,
        Estimada equipa,
        Cara D. {pt_woman},
        À equipe da {box_firm},
    """),
    "pt_opening": lines("""
        Espero que esteja tudo bem por aí.
        Conforme falamos por telefone na {pt_day}, escrevo esta mensagem.
        Meu nome é {my_pt_first} {my_pt_last} e falo de {pt_town}.
        Desculpem incomodar a esta hora.
        Sou cliente da {box_firm} desde {year}.
        Foi uma colega de trabalho que me passou este endereço.
        Não sei se este é o setor certo.
        Tentei ligar, mas ninguém atendeu.
        Antes de mais, votos de um bom ano.
        Vou ser breve.
        É a primeira vez que vos escrevo.
    """),
    "pt_aside": lines("""
        Aqui em {pt_town} chove sem parar desde {pt_day}.
        Acabamos de voltar de férias.
        Perdoem os erros, estou escrevendo do ônibus.
        Quem costuma tratar disto é a minha filha.
        O meu número de cliente é ~~~~~~~.
        Estou fora até {pt_day}.
        No domingo fizemos um churrasco para a família toda.
        Escrevo em nome do meu pai, o Sr. {pt_last}.
        Trabalho à noite, por isso escrevo a estas horas.
        O meu netinho nasceu na semana passada.
        A internet aqui em casa anda muito lenta.
        Mandem um abraço à {pt_woman}, que é sempre muito simpática.
        Hoje é feriado por cá, e a rua está em festa.
        O gato acabou de passar por cima do teclado.
        Estamos de mudança e há caixas por todo o lado.
        A minha sogra está cá de visita.
        Ontem foi dia de jogo, e ninguém dormiu no prédio.
        Fico em casa de manhã, caso liguem.
    """),
    "pt_closing": lines("""
        Atenciosamente,
        Com os melhores cumprimentos,
        Cumprimentos,
        Cordialmente,
        Obrigada desde já,
        Muito obrigado pela atenção,
        Fico no aguardo.{br}Obrigado,
        Um abraço,
        Abraços,
        Bom fim de semana,
        Grata,
        Att.,
    """),
    "pt_signature": lines("""
        {my_pt_first}
        {my_pt_first} {my_pt_last}
        {my_pt_first} {my_pt_last}{br}{pt_town}
        {my_pt_first} {my_pt_last}{br}Rua das Flores, ~~, {pt_town}
        {my_pt_first} {my_pt_last}{br}Telemóvel: 9~ ~~~ ~~ ~~
        {my_pt_first} {my_pt_last}{br}Depto. Financeiro{br}{pt_last} Transportes Ltda.
    """),
    "pt_small": lines("""
        Esta mensagem destina-se apenas ao seu destinatário.
        CNPJ ~~.~~~.~~~/0001-~~
        NIF ~~~~~~~~~
        Antes de imprimir, pense no meio ambiente.
        Horário de atendimento: das 9h às 18h
        Enviado do meu celular
    """),
    # Polish
    "pl_first": words("Aleksandra Bożena Danuta Ewelina Grażyna Halina Iwona Jolanta Kinga"),
    "pl_last": words("Adamczyk Baran Cieślak Duda Dudek Gajda Grzyb Jarosz Kaczmarek"),
    "pl_town": words("Białystok Bydgoszcz Gdynia Katowice Kielce Lublin"),
    "pl_day": ("w poniedziałek", "we wtorek", "w środę", "w czwartek", "w piątek", "w sobotę"),
    "pl_subject": lines("""
        Temat: zapytanie
        Temat: Odp: wiadomość z dnia {dd}.{mo}.{year}
        Dotyczy: numer klienta ~~~~~~
        Nr sprawy: ~~~/~~/^^
        {pl_town}, dnia {dd}.{mo}.{year} r.
    """),
    "pl_greeting": lines("""
        Dzień dobry,
        Dzień dobry Państwu,
        Dobry wieczór,
        Szanowni Państwo,
        Szanowna Pani,
        Szanowny Panie,
        Witam,
        Witam serdecznie,
        Witajcie,
        Cześć,
        Cześć wszystkim,
        Drogi zespole,
    """),
    "pl_opening": lines("""
        mam nadzieję, że u Państwa wszystko w porządku.
        nawiązuję do naszej rozmowy telefonicznej z dnia {dd}.{mo}.{year}.
        nazywam się {my_pl_first} {my_pl_last}.
        przepraszam, że piszę tak późno.
        jestem klientką firmy {box_firm} od {year} roku.
        dostałam ten adres od koleżanki z pracy.
        nie wiem, czy dobrze trafiłam.
        próbowałam dzwonić, ale linia była zajęta.
        na wstępie życzę Państwu wszystkiego dobrego w nowym roku.
        postaram się pisać krótko.
        piszę do Państwa po raz pierwszy.
    """),
    "pl_aside": lines("""
        U nas od tygodnia pada deszcz.
        Dopiero co wróciliśmy z urlopu nad morzem.
        Przepraszam za ewentualne literówki, piszę z telefonu.
        Zwykle zajmuje się tym mój mąż.
        Mój numer klienta to ~~~~~~~.
        Najłatwiej zastać mnie pod telefonem {pl_day}.
        Piszę w imieniu mojej babci.
        Dzieci mają ferie, więc w domu jest głośno.
        Właśnie zmarzłam na przystanku i grzeję się herbatą.
        Wczoraj mieliśmy imieniny u teściów.
        Wyjeżdżam {pl_day} w delegację.
        Cała ulica jest rozkopana i trudno do nas dojechać.
        Tydzień był długi i wszyscy jesteśmy zmęczeni.
        Kot właśnie przeszedł po klawiaturze.
        Przeprowadzamy się i wszędzie stoją kartony.
        Pracuję na nocne zmiany, stąd ta pora.
        Pani z Państwa infolinii była bardzo miła.
        Jutro święto, więc pewnie wszyscy już po pracy.
    """),
    "pl_closing": lines("""
        Z poważaniem
        Z wyrazami szacunku
        Pozdrawiam
        Pozdrawiam serdecznie
        Serdeczne pozdrowienia
        Łączę pozdrowienia
        Z góry dziękuję i pozdrawiam
        Dziękuję
        Miłego dnia
        Udanego weekendu!
        Będę wdzięczna za odpowiedź.{br}Pozdrawiam
        Pozdr.
    """),
    "pl_signature": lines("""
        {my_pl_first}
        {my_pl_first} {my_pl_last}
        {my_pl_first} {my_pl_last}{br}{pl_town}
        {my_pl_first} {my_pl_last}{br}tel. ~~~ ~~~ ~~~
        mgr {my_pl_first} {my_pl_last}{br}Dział Kadr
        {my_pl_first} {my_pl_last}{br}Biuro Rachunkowe "Bilans"{br}ul. Lipowa ~~, {pl_town}
    """),
    "pl_small": lines("""
        Niniejsza wiadomość jest przeznaczona wyłącznie dla adresata.
        NIP ~~~-~~~-~~-~~, REGON ~~~~~~~~~
        Administratorem danych osobowych jest nadawca.
        Zanim wydrukujesz, pomyśl o lesie.
        Biuro czynne od 8:00 do 16:00
        Wysłano z telefonu
    """),
    # Turkish
    "tr_first": words("Ali Aslı Aylin Barış Burcu Cem Çiğdem Deniz Ebru Emre Fatma Gökhan Hakan Hülya İpek"),
    "tr_woman": words("Asuman Belgin Canan Didem Esra Feride Gülay"),
    "tr_man": words("Adem Bülent Cengiz Erdal Ferhat Haluk"),
    "tr_last": words("Acar Akbulut Aydın Bulut Bozkurt Çelik Çetin Doğan Erdoğmuş Güneş Işık"),
    "tr_town": words("Adana Antalya Çanakkale Denizli Eskişehir Kayseri Konya"),
    "tr_day": words("pazartesi salı çarşamba perşembe cuma cumartesi"),
    "tr_subject": lines("""
        Konu: soru
        Konu: Ynt: {dd}.{mo}.{year} tarihli yazınız
        Konu: müşteri no ~~~~~~
        Dosya no: ~~~~/~~
        {tr_town}, {dd}.{mo}.{year}
    """),
    "tr_greeting": lines("""
        Merhaba,
        Merhabalar,
        Herkese merhaba,
        Merhaba {tr_woman} Hanım,
        Merhaba {tr_man} Bey,
        Sayın yetkili,
        Sayın {tr_last},
        Sayın {box_firm} yetkilileri,
        İyi günler,
        İyi akşamlar,
        Günaydın,
        Selam,
        Selamlar,
        Değerli ekip,
    """),
    "tr_opening": lines("""
        Umarım iyisinizdir.
        Geçen {tr_day} günkü telefon görüşmemize istinaden yazıyorum.
        Adım {my_tr_first} {my_tr_last}.
        Bu saatte rahatsız ettiğim için kusura bakmayın.
        Uzun yıllardır müşterinizim.
        Adresinizi {tr_woman} Hanım verdi.
        Doğru bölüme yazdığımdan emin değilim.
        Telefonla ulaşamadığım için buradan yazıyorum.
        Öncelikle yeni yılınızı kutlarım.
        Kısa kesmeye çalışacağım.
        Size ilk kez yazıyorum.
    """),
    "tr_aside": lines("""
        Burada günlerdir yağmur yağıyor.
        Tatilden daha yeni döndük.
        Yazım hataları için özür dilerim, telefondan yazıyorum.
        Bu işlerle genelde eşim ilgilenir.
        Müşteri numaram ~~~~~~~.
        Gelecek {tr_day} günü şehir dışında olacağım.
        Annem adına yazıyorum.
        Çocukların okulu yeni açıldı, evde bir telaş var.
        Çayımı aldım, şimdi yazmaya vakit buldum.
        Bayram dolayısıyla biraz geç yazıyorum.
        Öğleden sonraları genellikle dükkândayım.
        Komşumuz {tr_man} Bey de size selam söyledi.
        Yollar kapalı olduğu için bugün evdeyim.
        Kedi az önce klavyenin üstünden geçti.
        Yeni taşındık, ev hâlâ koli dolu.
        Bu ay gece vardiyasındayım.
        Geçen gün konuştuğum arkadaşınız çok nazikti.
        Yarın resmî tatil, biliyorum.
    """),
    "tr_closing": lines("""
        Saygılarımla
        Saygılar
        Saygılarımızla
        İyi çalışmalar
        İyi çalışmalar dilerim
        Teşekkürler
        Çok teşekkür ederim
        Şimdiden teşekkürler
        Kolay gelsin
        Sevgiler
        Hoşça kalın
        Cevabınızı bekliyorum.{br}Saygılarımla
    """),
    "tr_signature": lines("""
        {my_tr_first}
        {my_tr_first} {my_tr_last}
        {my_tr_first} {my_tr_last}{br}{tr_town}
        {my_tr_first} {my_tr_last}{br}05~~ ~~~ ~~ ~~
        Av. {my_tr_first} {my_tr_last}
        {my_tr_first} {my_tr_last}{br}Muhasebe Müdürü{br}{tr_last} Tekstil A.Ş.
    """),
    "tr_small": lines("""
        Bu e-posta yalnızca alıcısına özeldir.
        Vergi no: ~~~~~~~~~~
        Kişisel verileriniz KVKK kapsamında işlenmektedir.
        Lütfen çevreyi düşünün, gerekmedikçe yazdırmayın.
        Çalışma saatlerimiz: 09.00 - 18.00
        Telefonumdan gönderildi
    """),
}

JUDGING: dict[str, tuple[str, ...]] = {}
