// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.aead.engine;

import jdk.incubator.vector.VectorShape;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;

/**
 * One source, three widths. The compiler makes instructions of vector operations only where the
 * species is a constant of the class, and a class has each constant once. So the vector classes are
 * templates: loaded as usual they take the width that the machine prefers, and {@link #template}
 * loads the same class file once more, as a hidden class, for any other.
 */
final class VectorWidth {
    private VectorWidth() {}

    /** For the static initialiser of a template: the width that its class was loaded for. */
    static VectorShape of(MethodHandles.Lookup template) {
        try {
            // The name that the JDK prescribes for class data.
            VectorShape shape = MethodHandles.classData(template, "_", VectorShape.class);
            return shape != null ? shape : preferred();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e); // a lookup of full power may
        }
    }

    /** No wider than what there are tests and figures for. */
    static VectorShape preferred() {
        VectorShape preferred = VectorShape.preferredShape();
        return preferred.vectorBitSize() > 512 ? VectorShape.S_512_BIT : preferred;
    }

    /** An instance of a class for one width, as what it implements. */
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
