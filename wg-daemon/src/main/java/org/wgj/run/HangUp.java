package org.wgj.run;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Proxy;

/**
 * Catches SIGHUP, which ends a JVM otherwise. {@code sun.misc.Signal} of the module jdk.unsupported
 * is Java's only way to signals; it is called by name because the compiler warns of any other use,
 * and no warning is let pass.
 */
final class HangUp {
    private HangUp() {}

    /**
     * Calls {@code action} on a thread of the JVM's each time the signal comes.
     *
     * @throws IllegalStateException where this JVM leaves signals to others ({@code -Xrs}) or lacks
     *     the module
     */
    static void handle(Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy =
                    Proxy.newProxyInstance(
                            HangUp.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (self, method, arguments) ->
                                    switch (method.getName()) {
                                        case "handle" -> {
                                            action.run();
                                            yield null;
                                        }
                                        case "hashCode" -> System.identityHashCode(self);
                                        case "equals" -> self == arguments[0];
                                        default -> "handler of SIGHUP";
                                    });
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            Object hangUp =
                    lookup.findConstructor(signal, MethodType.methodType(void.class, String.class))
                            .invoke("HUP");
            lookup.findStatic(signal, "handle", MethodType.methodType(handler, signal, handler))
                    .invoke(hangUp, proxy);
        } catch (Throwable e) {
            throw new IllegalStateException("cannot catch SIGHUP: " + e.getMessage(), e);
        }
    }
}
