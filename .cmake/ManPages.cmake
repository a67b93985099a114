# The manual's pages, in build/…/man: written by hand (scdoc), or made from the one place that has
# what they tell: settings, profiles and devices from their schemas, messages from the code.
#
# Built with everything else where scdoc and python3 are there. For whoever installs them:
# BOOTSTRAPD_MAN_PAGES is the list of them, empty where there are none, and
# BOOTSTRAPD_JOURNAL_CATALOG what `journalctl -x` explains messages with, for
# lib/systemd/catalog; empty where the code cannot be asked.
find_program(BOOTSTRAPD_SCDOC scdoc)
find_program(BOOTSTRAPD_PYTHON3 python3)
set(BOOTSTRAPD_MAN_PAGES "")
set(BOOTSTRAPD_JOURNAL_CATALOG "")
if(BOOTSTRAPD_FUZZERS)
    return()
endif()

# What is built for another machine runs here only with an emulator.
set(man "${PROJECT_BINARY_DIR}/man")
file(MAKE_DIRECTORY "${man}")
if(CMAKE_CROSSCOMPILING AND NOT CMAKE_CROSSCOMPILING_EMULATOR)
    message(STATUS "No page lwm2m-bootstrapd-messages(7): what makes it does not run here")
else()
    set(BOOTSTRAPD_JOURNAL_CATALOG "${man}/lwm2m-bootstrapd.catalog")
    add_executable(message_page "${PROJECT_SOURCE_DIR}/server/journal/message_page.cpp")
    target_link_libraries(message_page PRIVATE journal)
    add_custom_command(
        OUTPUT "${man}/lwm2m-bootstrapd-messages.7.scd" "${BOOTSTRAPD_JOURNAL_CATALOG}"
        COMMAND message_page > "${man}/lwm2m-bootstrapd-messages.7.scd"
        COMMAND message_page catalog > "${BOOTSTRAPD_JOURNAL_CATALOG}"
        DEPENDS message_page COMMENT "List of messages from the code" VERBATIM)
    add_custom_target(journal_catalog ALL DEPENDS "${BOOTSTRAPD_JOURNAL_CATALOG}")
endif()

if(NOT BOOTSTRAPD_SCDOC OR NOT BOOTSTRAPD_PYTHON3)
    message(STATUS "No manual pages: apt-get install scdoc python3")
    return()
endif()

# bootstrapd_man_page(NAME.SECTION SOURCE.scd): scdoc leaves no page behind where it fails.
function(bootstrapd_man_page page source)
    add_custom_command(OUTPUT "${man}/${page}"
        COMMAND "${BOOTSTRAPD_SCDOC}" < "${source}" > "${man}/${page}.new"
        COMMAND "${CMAKE_COMMAND}" -E rename "${man}/${page}.new" "${man}/${page}"
        DEPENDS "${source}" COMMENT "Manual page ${page}" VERBATIM)
    list(APPEND BOOTSTRAPD_MAN_PAGES "${man}/${page}")
    set(BOOTSTRAPD_MAN_PAGES "${BOOTSTRAPD_MAN_PAGES}" PARENT_SCOPE)
endfunction()

# bootstrapd_schema_page(NAME SCHEMA TITLE): section 5.
function(bootstrapd_schema_page name schema title)
    set(source "${man}/${name}.5.scd")
    add_custom_command(OUTPUT "${source}"
        COMMAND "${BOOTSTRAPD_PYTHON3}" "${PROJECT_SOURCE_DIR}/.cmake/schema_page.py"
                "${schema}" "${name}" "${title}" "${source}"
        DEPENDS "${schema}" "${PROJECT_SOURCE_DIR}/.cmake/schema_page.py"
        COMMENT "Manual page ${name}.5 from its schema" VERBATIM)
    bootstrapd_man_page("${name}.5" "${source}")
    set(BOOTSTRAPD_MAN_PAGES "${BOOTSTRAPD_MAN_PAGES}" PARENT_SCOPE)
endfunction()

bootstrapd_man_page(lwm2m-bootstrapd.8 "${PROJECT_SOURCE_DIR}/server/lwm2m-bootstrapd.8.scd")
bootstrapd_man_page(lwm2m-bootstrapctl.1 "${PROJECT_SOURCE_DIR}/server/cli/lwm2m-bootstrapctl.1.scd")
bootstrapd_schema_page(lwm2m-bootstrapd.json "${PROJECT_SOURCE_DIR}/config/settings.schema.json"
                       "settings of lwm2m-bootstrapd")
bootstrapd_schema_page(lwm2m-bootstrapd-profile
                       "${PROJECT_SOURCE_DIR}/provisioning/profile.schema.json"
                       "what devices shall hold, for lwm2m-bootstrapd")
bootstrapd_schema_page(lwm2m-bootstrapd-device
                       "${PROJECT_SOURCE_DIR}/provisioning/device.schema.json"
                       "who the devices are, for lwm2m-bootstrapd")

if(BOOTSTRAPD_JOURNAL_CATALOG)
    bootstrapd_man_page(lwm2m-bootstrapd-messages.7 "${man}/lwm2m-bootstrapd-messages.7.scd")
endif()
add_custom_target(man_pages ALL DEPENDS ${BOOTSTRAPD_MAN_PAGES})
