# What is installed where, and the Debian package (cpack -G DEB in the build folder).
include(GNUInstallDirs)
set(share "${CMAKE_INSTALL_DATADIR}/lwm2m-bootstrapd")

install(TARGETS lwm2m-bootstrapd lwm2m-bootstrapctl RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES config/settings.schema.json provisioning/profile.schema.json
              provisioning/device.schema.json DESTINATION ${share}/schema)
install(DIRECTORY provisioning/profiles provisioning/devices DESTINATION ${share}/samples
        FILES_MATCHING PATTERN "*.json")
install(FILES config/sample.json DESTINATION ${share}/samples)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)
install(FILES systemd/lwm2m-bootstrapd.service systemd/lwm2m-bootstrapd.socket
        DESTINATION lib/systemd/system)
install(FILES systemd/lwm2m-bootstrapd.sysusers DESTINATION lib/sysusers.d
        RENAME lwm2m-bootstrapd.conf)
install(FILES systemd/lwm2m-bootstrapd.json DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/lwm2m-bootstrapd)
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/lwm2m-bootstrapd/profiles.d)
install(DIRECTORY DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/lwm2m-bootstrapd/devices.d)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "lwm2m-bootstrapd <lwm2m-bootstrapd@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "LwM2M Bootstrap-Server")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "init-system-helpers, systemd")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Gives IoT devices the servers, keys and settings that they shall have
 when they ask (client-initiated) and, unasked, when the network tells that
 they attached (server-initiated). CoAP over DTLS towards devices, an HTTP
 API towards operators.")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    "${PROJECT_SOURCE_DIR}/systemd/package/postinst;${PROJECT_SOURCE_DIR}/systemd/package/prerm"
    "${PROJECT_SOURCE_DIR}/systemd/package/postrm;${PROJECT_SOURCE_DIR}/systemd/package/conffiles")
include(CPack)
