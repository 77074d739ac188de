// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import jdk.incubator.vector.VectorShape;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;

/**
 * Makes one source serve three vector widths.
 *
 * <p>The compiler turns vector operations into instructions only if the species is a constant of
 * the class, and a class has one value for each constant. So the vector classes are templates. A
 * template that is loaded as usual uses the width that the machine prefers; for any other width,
 * {@link #template} loads the same class file again as a hidden class.
 */
final class VectorWidth {
    private VectorWidth() {}

    /** Returns the width that a template was loaded for; its static initialiser calls this. */
    static VectorShape of(MethodHandles.Lookup template) {
        try {
            // The JDK prescribes the name "_" for class data.
            VectorShape shape = MethodHandles.classData(template, "_", VectorShape.class);
            return shape != null ? shape : preferred();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e); // a full-power lookup has access
        }
    }

    /** Returns the machine's preferred width, but no width that is untested and unmeasured. */
    static VectorShape preferred() {
        VectorShape preferred = VectorShape.preferredShape();
        return preferred.vectorBitSize() > 512 ? VectorShape.S_512_BIT : preferred;
    }

    /** Returns an instance of a template for one width, as the interface that it implements. */
    static <T> T template(Class<T> type, Class<? extends T> template, VectorShape shape) {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            if (shape != preferred()) {
                lookup = lookup.defineHiddenClassWithClassData(bytes(template), shape, true);
            } else {
                lookup = lookup.in(template);
            }
            return type.cast(lookup.lookupClass().getDeclaredConstructor().newInstance());
        } catch (ReflectiveOperationException | IOException e) {
            throw new IllegalStateException("cannot load " + template, e);
        }
    }

    private static byte[] bytes(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            if (in == null) {
                throw new IOException("the class file of " + type + " is missing");
            }
            return in.readAllBytes();
        }
    }
}
