package org.wgj.run;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Proxy;

/**
 * Catches signals that end a JVM otherwise. {@code sun.misc.Signal} of the module jdk.unsupported
 * is Java's only way to signals; it is called by name because the compiler warns of any other use,
 * and no warning is let pass.
 */
public final class Signals {
    private Signals() {}

    /**
     * Calls {@code action} on a thread of the JVM's each time the signal comes. One that was
     * ignored when the JVM started is ignored on.
     *
     * @param name without SIG
     * @throws IllegalStateException where this JVM leaves signals to others ({@code -Xrs}) or lacks
     *     the module
     */
    public static void handle(String name, Runnable action) {
        try {
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Object proxy =
                    Proxy.newProxyInstance(
                            Signals.class.getClassLoader(),
                            new Class<?>[] {handler},
                            (self, method, arguments) ->
                                    switch (method.getName()) {
                                        case "handle" -> {
                                            action.run();
                                            yield null;
                                        }
                                        case "hashCode" -> System.identityHashCode(self);
                                        case "equals" -> self == arguments[0];
                                        default -> "handler of SIG" + name;
                                    });
            MethodHandles.Lookup lookup = MethodHandles.publicLookup();
            Object wanted =
                    lookup.findConstructor(signal, MethodType.methodType(void.class, String.class))
                            .invoke(name);
            lookup.findStatic(signal, "handle", MethodType.methodType(handler, signal, handler))
                    .invoke(wanted, proxy);
        } catch (Throwable e) {
            throw new IllegalStateException("cannot catch SIG" + name + ": " + e.getMessage(), e);
        }
    }
}
