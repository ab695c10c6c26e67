# Compiles through ccache where it is installed. Read through
# CMAKE_PROJECT_TOP_LEVEL_INCLUDES by the presets, so that a project that adds
# this one as a folder keeps its own launcher.
find_program(LSMKV_CCACHE ccache)
if(LSMKV_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${LSMKV_CCACHE})
endif()
