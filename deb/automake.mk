# deb
