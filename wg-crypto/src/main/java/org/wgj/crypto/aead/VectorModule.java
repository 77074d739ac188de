// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead;

import java.lang.module.ModuleFinder;

/**
 * The module jdk.incubator.vector, which the JVM has if it was started with {@code --add-modules
 * jdk.incubator.vector}. A program that starts without it starts sooner, because the JVM can then
 * use its archived module graph and linked classes (JEP 483). If the package {@code
 * jdk.internal.module} of java.base is exported to us by {@code --add-exports}, the module is
 * loaded when the first engine needs it, as the JDK itself loads its management agent.
 */
final class VectorModule {
    private static final String NAME = "jdk.incubator.vector";

    private VectorModule() {}

    /** Returns true if there are vectors now or {@link #load} can bring them. */
    static boolean isAvailable() {
        return ModuleLayer.boot().findModule(NAME).isPresent() || isLoadable();
    }

    private static boolean isLoadable() {
        return Object.class
                        .getModule()
                        .isExported("jdk.internal.module", VectorModule.class.getModule())
                && ModuleFinder.ofSystem().find(NAME).isPresent();
    }

    /** Makes our module read the vectors; loads them first if need be. */
    static void load() {
        Module vectors = ModuleLayer.boot().findModule(NAME).orElseGet(VectorModule::define);
        VectorModule.class.getModule().addReads(vectors);
    }

    private static Module define() {
        try {
            return (Module)
                    Class.forName("jdk.internal.module.Modules")
                            .getMethod("loadModule", String.class)
                            .invoke(null, NAME);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("cannot load the module " + NAME, e);
        }
    }
}
