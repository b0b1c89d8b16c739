"""For a machine without a network: ``pack`` writes models and wheels to an archive, ``unpack`` installs it.

``wanted`` says which models a file of settings or a finished run needs, ``own_wheels`` finds or fetches the
wheels of localcluster and all it needs, ``packing_list`` says what an archive holds, ``archive`` reads one.
"""
