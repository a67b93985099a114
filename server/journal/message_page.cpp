// Writes the source of lwm2m-bootstrapd-messages(7), or with an argument the catalogue of the
// system's journal: a step of the build, not installed.

#include <iostream>

#include "server/journal/catalogue.h"

int main(int argc, char**) {
    std::cout << (argc > 1 ? journal::journal_catalog() : journal::message_page());
    return std::cout.flush() ? 0 : 1;
}
