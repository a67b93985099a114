# What every target shares: warnings as errors, sanitizers, root-relative includes.

add_library(bootstrapd_flags INTERFACE)
target_include_directories(bootstrapd_flags INTERFACE "${PROJECT_SOURCE_DIR}")
target_compile_options(bootstrapd_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Wold-style-cast -Woverloaded-virtual -Wimplicit-fallthrough -Wswitch-enum -Werror
    -fstack-protector-strong)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Boost 1.81's own headers set the first off with g++ 12; for the second it takes moved variants
    # for uninitialised ones.
    target_compile_options(bootstrapd_flags INTERFACE
        -Wno-mismatched-new-delete -Wno-maybe-uninitialized)
    if(BOOTSTRAPD_SANITIZE MATCHES "thread")
        target_compile_options(bootstrapd_flags INTERFACE -Wno-tsan)
    endif()
endif()
if(NOT BOOTSTRAPD_SANITIZE AND CMAKE_BUILD_TYPE MATCHES "Rel")
    target_compile_definitions(bootstrapd_flags INTERFACE _FORTIFY_SOURCE=2)
endif()
if(BOOTSTRAPD_SANITIZE)
    target_compile_options(bootstrapd_flags INTERFACE
        -fsanitize=${BOOTSTRAPD_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(bootstrapd_flags INTERFACE -fsanitize=${BOOTSTRAPD_SANITIZE})
endif()
if(BOOTSTRAPD_FUZZERS)
    target_compile_options(bootstrapd_flags INTERFACE
        -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(bootstrapd_flags INTERFACE -fsanitize=address,undefined)
endif()

# bootstrapd_library(NAME SOURCES a.cpp … USES other targets …): a folder of the tree as a target.
function(bootstrapd_library name)
    cmake_parse_arguments(ARG "" "" "SOURCES;USES" ${ARGN})
    add_library(${name} STATIC ${ARG_SOURCES})
    target_link_libraries(${name} PUBLIC bootstrapd_flags ${ARG_USES})
endfunction()

# bootstrapd_test(NAME SOURCES x_test.cpp … USES targets …): one GoogleTest program.
function(bootstrapd_test name)
    cmake_parse_arguments(ARG "" "" "SOURCES;USES;LABELS" ${ARGN})
    if(BOOTSTRAPD_FUZZERS)
        return()
    endif()
    add_executable(${name} ${ARG_SOURCES})
    target_link_libraries(${name} PRIVATE bootstrapd_flags ${ARG_USES} GTest::gmock GTest::gtest_main)
    include(GoogleTest)
    set(properties TIMEOUT 600)
    if(ARG_LABELS)
        list(APPEND properties LABELS "${ARG_LABELS}")
    endif()
    gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES ${properties})
endfunction()

# bootstrapd_fuzzer(NAME SOURCE x_fuzz.cpp USES targets …): one libFuzzer program.
function(bootstrapd_fuzzer name)
    cmake_parse_arguments(ARG "" "SOURCE" "USES" ${ARGN})
    if(NOT BOOTSTRAPD_FUZZERS)
        return()
    endif()
    add_executable(${name} ${ARG_SOURCE})
    target_link_libraries(${name} PRIVATE bootstrapd_flags ${ARG_USES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()
