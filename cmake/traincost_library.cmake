# traincost_library(<floor> [DEPENDS <floor>...] HEADERS <file>... SOURCES <file>... [LINK <target>...])
# The folder <floor>/ as the static library traincost::<floor>. LINK names what only its sources
# need; consumers of the installed library do not see it in a header.
function(traincost_library floor)
  cmake_parse_arguments(ARG "" "" "DEPENDS;HEADERS;SOURCES;LINK" ${ARGN})
  list(TRANSFORM ARG_HEADERS PREPEND ${floor}/)
  list(TRANSFORM ARG_SOURCES PREPEND ${floor}/ REGEX "^[^/]")  # generated ones are absolute
  list(TRANSFORM ARG_DEPENDS PREPEND traincost::)

  add_library(traincost_${floor} STATIC ${ARG_SOURCES})
  add_library(traincost::${floor} ALIAS traincost_${floor})
  target_compile_features(traincost_${floor} PUBLIC cxx_std_20)
  target_sources(traincost_${floor} PUBLIC
      FILE_SET HEADERS BASE_DIRS ${PROJECT_SOURCE_DIR} FILES ${ARG_HEADERS})
  set_target_properties(traincost_${floor} PROPERTIES
      EXPORT_NAME ${floor} VERIFY_INTERFACE_HEADER_SETS ON)
  target_link_libraries(traincost_${floor} PUBLIC ${ARG_DEPENDS})
  foreach(library IN LISTS ARG_LINK)
    target_link_libraries(traincost_${floor} PRIVATE $<BUILD_INTERFACE:${library}>)
  endforeach()
  install(TARGETS traincost_${floor} EXPORT traincost-targets
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      FILE_SET HEADERS DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/traincost)
endfunction()
