"""First and last names of many cultures, in two halves that share none."""

from __future__ import annotations

from ._grammar import words

SHAPING = {
    "first": words("""
        Aaron Abena Adaeze Aditi Agnieszka Ahmet Aiko Ainhoa Akira Alasdair Alejandra Amadou Amina
        Anastasia Andrés Aoife Arjun Astrid Ayşe Beatriz Bogdan Brigitte Camille Carlos Chiara
        Chidi Chloe Daiki Daniela Dara Dimitra Dong-hyun Dorota Eamon Ebony Eduardo Efua Elif
        Emeka Enrique Erik Esperanza Eszter Fabio Farah Fatima Felipe Fiona Florian Gabriela
        Geoffrey Ghada Giulia Graham Greta Guillermo Gulnara Habib Hamza Hannah Hanneke Haruto
        Heidi Henrik Hiroshi Hye-jin Ibrahim Ignacio Ilse Imani Inés Ingrid Irina Isaac Ivana
        Jacob Jaspreet Javier Jelena Jiří Joanna Jorge Josephine Joyce Juhani Kareem Karolina
        Katarzyna Kenji Kerstin Khadija Kofi Kwame Lakshmi Lars Laszlo Latisha Layla Leif Leticia
        Ling Lorenzo Luca Magnus Mahmoud Malik Manuela Marek Margaret
    """),
    "last": words("""
        Abara Abbott Acheampong Adeyemi Agarwal Ahlberg Aksoy Almeida Alvarez Andersen Antonelli
        Aoki Appiah Arslan Atkinson Baptiste Barzani Bauer Becker Bello Benítez Bergström Bhatt
        Bianchi Blackwood Boateng Bondarenko Brennan Brzezinski Byrne Cabrera Campbell Cardoso
        Castellanos Chandra Chaudhry Chen Chukwu Cisneros Cohen Connolly Costa Cunningham Czerny
        D'Angelo Dahl Danso Dąbrowski Delacroix Demir Desai Diallo Dimitriou Dlamini Doherty
        Donovan Dubois Dvořák Easton Edwards Ekström Elbaz Eriksson Escobar Esposito Fairbanks
        Farouk Fernandes Ferrari Fischer Fitzgerald Fonseca Fraser Friedman Fujimoto Gallagher
        Ganesan Garrido Georgiou Ghosh Gill Goldberg Gómez Grabowski Greenwood Grönlund Gupta
        Haddad Hakimi Halvorsen Hansen Harris Hashimoto Hendricks Herrera Hoang Hoffmann Horvat
        Hussain Ibarra Igwe Ilić Iyer Jankowski
    """),
}

JUDGING = {
    "first": words("""
        Mariam Marisol Martin Mateusz Matilda Mehmet Mei Mercy Miguel Mihaela Mikael Milica
        Mireille Mohan Monique Moses Musa Nadia Naledi Naomi Natalia Nasrin Neil Ngozi Nikhil
        Nikolai Nils Noor Norbert Nozomi Octavia Odile Oleksandr Olga Oluwaseun Omar Oscar Otto
        Padma Paloma Paolo Parisa Patience Patrick Pedro Penelope Petra Philippa Pilar Piotr Pooja
        Priya Quentin Rachel Radek Rafael Rahul Raisa Ramona Rania Rashid Rebecca Renata Ricardo
        Riikka Rohan Ronan Rosa Ruslan Ruth Ryo Sabine Sadia Samir Sanna Santiago Saskia Satoshi
        Selma Seung-min Shanice Shirin Siobhan Sofia Solveig Stefano Sunita Svetlana Tadeusz
        Takumi Tamara Tariq Tendai Teodora Thandiwe Thomas Tomasz Tove Ulrike Umar Valentina
        Vanessa Vikram Viktor Wanjiru Wei Wendy Wojciech Xavier Ximena Yannick Yasmin Yuki Yusuf
        Zainab Zoltan Zuzana
    """),
    "last": words("""
        Jensen Jiménez Johansson Kaplan Karimi Kaur Kavanagh Keller Khalil Kimura Kipkemboi
        Kobayashi Kovács Kowalczyk Kozlov Krishnan Kruger Kumar Kuznetsova Lachance Larsen Lavoie
        Lefebvre Leung Lindqvist Lombardi Lopes Lundgren MacLeod Mahlangu Malhotra Mancini
        Marković Marshall Mbeki McAllister Mehta Melnyk Mendoza Meyer Mitchell Moreau Moretti
        Mwangi Nagy Nair Nakamura Ndiaye Nguyen Nielsen Nkrumah Novák Nowicki Nunes O'Brien
        O'Sullivan Obi Okafor Okonkwo Olsen Onyango Orellana Ortega Osei Özdemir Paredes Park
        Patel Pavlov Pellegrini Pereira Petrović Pham Popescu Quiroga Rahman Ramirez Rao Rasmussen
        Richter Rinaldi Rossi Rousseau Ruiz Saito Salazar Sandoval Schneider Schwartz Sharma
        Siddiqui Sinclair Singh Sokolov Sørensen Stewart Suzuki Szabó Takahashi Tembo Thompson
        Tkachenko Torres Tran Usman Valdez Vargas Vermeulen Villanueva Wagner Walsh Weber
        Williamson Wójcik Wong Yamada Yıldız Zamora Zhang Zimmermann
    """),
}
