/**
 * The release of the client that runs. The program is compiled once, against the release in ../install.ts, and run with the jars
 * of others: what a release does not have is not called with it.
 */
record Release(int major, int minor) {
  static Release of(String name) {
    String[] parts = name.split("\\.");
    return new Release(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
  }

  boolean since(int major, int minor) {
    return this.major > major || this.major == major && this.minor >= minor;
  }
}
