# What is installed where, and the Debian package: `cpack -G DEB` in the build folder.
#
# The units name /usr/bin and /etc, so that is where everything goes unless another prefix is asked
# for.
if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
    set(CMAKE_INSTALL_PREFIX /usr CACHE PATH "Where it is installed" FORCE)
endif()
include(GNUInstallDirs)
set(CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(share "${CMAKE_INSTALL_DATADIR}/lwm2m-bootstrapd")
set(examples "${CMAKE_INSTALL_DOCDIR}/examples")
set(settings /etc/lwm2m-bootstrapd)

install(TARGETS lwm2m-bootstrapd lwm2m-bootstrapctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES config/settings.schema.json provisioning/profile.schema.json
              provisioning/device.schema.json DESTINATION ${share}/schema)
install(FILES systemd/package/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES config/sample.json DESTINATION ${examples}/config)
install(DIRECTORY provisioning/profiles provisioning/devices DESTINATION ${examples}/provisioning
        FILES_MATCHING PATTERN "*.json")
install(DIRECTORY docker/monitoring DESTINATION ${examples})
install(FILES systemd/lwm2m-bootstrapd.service systemd/lwm2m-bootstrapd.socket
        DESTINATION lib/systemd/system)
install(FILES systemd/lwm2m-bootstrapd.sysusers DESTINATION lib/sysusers.d
        RENAME lwm2m-bootstrapd.conf)
install(FILES systemd/lwm2m-bootstrapd.json DESTINATION ${settings})
install(DIRECTORY DESTINATION ${settings}/profiles.d)
install(DIRECTORY DESTINATION ${settings}/devices.d)

foreach(program lwm2m-bootstrapd lwm2m-bootstrapctl)
    target_link_options(${program} PRIVATE -Wl,-z,relro -Wl,-z,now)
endforeach()

# The tool knows its commands: it writes the completions itself.
if(CMAKE_CROSSCOMPILING)
    message(STATUS "no completions: a tool for another machine cannot write them here")
else()
    set(completions "${CMAKE_CURRENT_BINARY_DIR}/completions")
    set(made "")
    foreach(shell bash zsh fish)
        add_custom_command(OUTPUT "${completions}/${shell}"
            COMMAND ${CMAKE_COMMAND} -E make_directory "${completions}"
            COMMAND lwm2m-bootstrapctl completion ${shell} > "${completions}/${shell}"
            DEPENDS lwm2m-bootstrapctl VERBATIM)
        list(APPEND made "${completions}/${shell}")
    endforeach()
    add_custom_target(shell_completions ALL DEPENDS ${made})
    install(FILES "${completions}/bash" RENAME lwm2m-bootstrapctl
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES "${completions}/zsh" RENAME _lwm2m-bootstrapctl
            DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
    install(FILES "${completions}/fish" RENAME lwm2m-bootstrapctl.fish
            DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

set(BOOTSTRAPD_MAINTAINER "lwm2m-bootstrapd <lwm2m-bootstrapd@localhost>" CACHE STRING
    "Who answers for the package")
# Debian Policy §12.7: what changed, by version; the release notes are in the tags.
string(TIMESTAMP changed "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/changelog" CONTENT
"lwm2m-bootstrapd (${PROJECT_VERSION}-1) unstable; urgency=medium

  * Version ${PROJECT_VERSION}: see the notes of its tag.

 -- ${BOOTSTRAPD_MAINTAINER}  ${changed}
")
# The same §12.1 and §12.7: all of it is compressed.
find_program(GZIP gzip REQUIRED)
set(compressed "")
function(install_compressed file name folder)
    set(result "${CMAKE_CURRENT_BINARY_DIR}/compressed/${name}.gz")
    add_custom_command(OUTPUT "${result}"
        COMMAND ${CMAKE_COMMAND} -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/compressed"
        COMMAND ${GZIP} -9nc "${file}" > "${result}" DEPENDS "${file}" VERBATIM)
    install(FILES "${result}" DESTINATION ${folder})
    set(compressed ${compressed} "${result}" PARENT_SCOPE)
endfunction()
install_compressed("${CMAKE_CURRENT_BINARY_DIR}/changelog" changelog.Debian ${CMAKE_INSTALL_DOCDIR})
foreach(page IN LISTS BOOTSTRAPD_MAN_PAGES)
    cmake_path(GET page FILENAME name)
    string(REGEX MATCH "[0-9]$" section "${name}")
    install_compressed("${page}" "${name}" ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
add_custom_target(compressed_files ALL DEPENDS ${compressed})

# What `journalctl -x` tells of messages; systemd's own trigger takes it over.
if(BOOTSTRAPD_JOURNAL_CATALOG)
    install(FILES "${BOOTSTRAPD_JOURNAL_CATALOG}" DESTINATION lib/systemd/catalog)
endif()

# A package for another machine is named after that one.
if(CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_PROCESSOR MATCHES "^(aarch64|arm64)$")
    set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE arm64)
elseif(CMAKE_CROSSCOMPILING AND CMAKE_SYSTEM_PROCESSOR MATCHES "^armv7")
    set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE armhf)
elseif(CMAKE_CROSSCOMPILING)
    set(CPACK_DEBIAN_PACKAGE_ARCHITECTURE ${CMAKE_SYSTEM_PROCESSOR})
endif()
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "${BOOTSTRAPD_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "LwM2M Bootstrap-Server")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS ${CMAKE_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS})
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
# For the user of the service, who is made by the one and removed by the other.
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd | systemd-standalone-sysusers, passwd")
# For the certificates of who is told by webhooks.
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Gives IoT devices the servers, keys and settings that they shall have when
they ask (client-initiated) and, unasked, when the network tells that they
attached (server-initiated). CoAP over DTLS towards devices, an HTTP API
towards operators.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/systemd/package/postinst;${PROJECT_SOURCE_DIR}/systemd/package/prerm"
    "${PROJECT_SOURCE_DIR}/systemd/package/postrm;${PROJECT_SOURCE_DIR}/systemd/package/conffiles")
include(CPack)
