# Sourced by the scripts of this repository: finds a JDK that can build and run Kanmon.

KANMON_JAVA=25

# Major version of the JDK at $1, or nothing when there is none.
jdk_version() {
  [ -x "$1/bin/java" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9][0-9]*\).*/\1/p' "$1/release"
}

# Sets JAVA_HOME to the first JDK that is new enough: JAVA_HOME itself, then the places where Linux and macOS
# installers put them, then whatever `java` on the PATH belongs to.
find_jdk() {
  path_java=$(command -v java 2>/dev/null || true)
  path_home=
  if [ -n "$path_java" ]; then
    while [ -L "$path_java" ]; do
      link=$(readlink "$path_java")
      case $link in
        /*) path_java=$link ;;
        *) path_java=$(dirname "$path_java")/$link ;;
      esac
    done
    path_home=$(dirname "$(dirname "$path_java")")
  fi
  for home in "${JAVA_HOME:-}" \
      /usr/lib/jvm/* /usr/lib64/jvm/* /usr/java/* /usr/local/java/* /opt/java/* /opt/jdk* /opt/*/jdk* \
      "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/* \
      /Library/Java/JavaVirtualMachines/*/Contents/Home "$HOME"/Library/Java/JavaVirtualMachines/*/Contents/Home \
      /opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
      /usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home \
      "$path_home"; do
    [ -n "$home" ] || continue
    version=$(jdk_version "$home")
    if [ -n "$version" ] && [ "$version" -ge "$KANMON_JAVA" ]; then
      JAVA_HOME=$home
      export JAVA_HOME
      return 0
    fi
  done
  echo "kanmon: no JDK $KANMON_JAVA or newer was found; install one (for example Temurin $KANMON_JAVA) or set JAVA_HOME to it" >&2
  return 1
}

# The build tool, or a sentence that says what to install.
require_maven() {
  command -v mvn >/dev/null 2>&1 && return 0
  echo "kanmon: Maven was not found, and the jars have to be built once; install Maven 3.6.3 or newer" >&2
  return 1
}
