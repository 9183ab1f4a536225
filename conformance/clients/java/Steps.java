import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;

/** What the program prints: ../steps.ts tells what it means. */
final class Steps {
  /** How long anything may take to come true. */
  private static final long PATIENCE_S = 30;
  /** How long a broker of a real cluster may take to start. */
  static final long STARTING_S = 90;

  private Steps() {}

  /** Does a step, and prints how it went. The story goes on when it failed: the next ones may not need it. */
  static void step(String name, Callable<String> does) {
    try {
      System.out.println("ok " + name + ": " + does.call());
    } catch (Throwable error) {
      error.printStackTrace();
      System.out.println("failed " + name + ": " + error.toString().replaceAll("\\s+", " "));
    }
  }

  static void notOffered(String name, String why) {
    System.out.println("no " + name + ": " + why);
  }

  /** Asks again and again; an exception counts as not yet, since a real cluster needs a while until every broker knows. */
  static void until(String what, Callable<Boolean> holds) throws InterruptedException {
    until(what, holds, PATIENCE_S);
  }

  static void until(String what, Callable<Boolean> holds, long patienceS) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(patienceS);
    while (true) {
      Exception last = null;
      try {
        if (holds.call()) return;
      } catch (Exception error) {
        last = error;
      }
      if (System.nanoTime() > deadline) throw new AssertionError("waited in vain for " + what + (last == null ? "" : ": " + last));
      Thread.sleep(10);
    }
  }

  static void expect(String what, Object found, Object expected) {
    if (!found.equals(expected)) throw new AssertionError(what + ": expected " + expected + " but found " + found);
  }
}
