# traincost_embed(<variable> DATA <folder> INCLUDE <header> FUNCTION <name>)
# Compiles every <folder>/<room>/<id>.json in: <variable> is the generated source, whose FUNCTION
# (declared by INCLUDE) returns them.
function(traincost_embed variable)
  cmake_parse_arguments(ARG "" "DATA;INCLUDE;FUNCTION" "" ${ARGN})
  set(data ${PROJECT_SOURCE_DIR}/${ARG_DATA})
  file(GLOB records CONFIGURE_DEPENDS ${data}/*/*.json)
  set(output ${PROJECT_BINARY_DIR}/generated/${variable}.cpp)
  set(script ${PROJECT_SOURCE_DIR}/cmake/embed.cmake)
  add_custom_command(OUTPUT ${output}
      COMMAND ${CMAKE_COMMAND} -DDATA=${data} -DNAME=${ARG_DATA} -DINCLUDE=${ARG_INCLUDE}
              -DFUNCTION=${ARG_FUNCTION} -DOUTPUT=${output} -P ${script}
      DEPENDS ${records} ${script} COMMENT "Embedding ${ARG_DATA}" VERBATIM)
  set(${variable} ${output} PARENT_SCOPE)
endfunction()
