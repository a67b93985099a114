#pragma once

#include "tests/support/habits.h"

// The clients in the field, as far as their habits are known.
namespace support {

Habits anjay();        // its 1.1 build
Habits anjay_1_2();    // asks for a pack first
Habits wakaama();      // the default build of 1.1
Habits old_wakaama();  // 1.0, inside the npm package
Habits leshan();
Habits zephyr();

}  // namespace support
