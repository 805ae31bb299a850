import assert from 'node:assert/strict';
import { installCommand, needsOf, shownLibrary } from '../../../../src/engine/device/cudaLibraries/cudaNeeds.ts';

describe('what a CUDA provider needs', () => {
  // Of the provider of 1.29.0, by readelf -d.
  const needed13 = [
    ...['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13', 'libcuda.so.1', 'libdl.so.2'],
    ...[
      'librt.so.1',
      'libpthread.so.0',
      'libstdc++.so.6',
      'libm.so.6',
      'libgcc_s.so.1',
      'libc.so.6',
      'ld-linux-x86-64.so.2',
    ],
  ];
  const needed12 = [
    'libcublasLt.so.12',
    'libcublas.so.12',
    'libcudnn.so.9',
    'libcurand.so.10',
    'libcufft.so.11',
    'libcudart.so.12',
  ];
  const missing = (needed: readonly string[]) =>
    needsOf(needed)
      .libraries.filter(({ required }) => required)
      .map(({ name }) => name);

  it('is CUDA’s libraries of those it names, and those it opens later', () => {
    const { cudaMajor, libraries } = needsOf(needed13);
    assert.equal(cudaMajor, 13);
    assert.deepEqual(
      libraries.map(({ name, asked, required }) => `${name} ${asked} ${required}`),
      [
        'libcublasLt.so.13 loading true',
        'libcublas.so.13 loading true',
        'libcurand.so.10 loading true',
        'libcudart.so.13 loading true',
        'libcuda.so.1 loading true',
        'libcudnn.so.9 later true',
        'libnvrtc.so.13 later false',
      ],
    );
    // Where the provider names cuDNN, it is there once.
    assert.equal(needsOf(needed12).libraries.filter(({ name }) => name === 'libcudnn.so.9').length, 1);
    assert.equal(needsOf(needed12).cudaMajor, 12);
    assert.equal(needsOf(['libc.so.6']).cudaMajor, undefined);
  });

  it('comes by one command, with the names that packages have for that CUDA', () => {
    assert.equal(
      installCommand(missing(needed13), 13),
      "pip install 'nvidia-cublas==13.*' 'nvidia-curand==10.*' 'nvidia-cuda-runtime==13.*' 'nvidia-cudnn-cu13==9.*'",
    );
    assert.equal(
      installCommand(missing(needed12), 12),
      "pip install nvidia-cublas-cu12 'nvidia-cudnn-cu12==9.*' nvidia-curand-cu12 nvidia-cufft-cu12 nvidia-cuda-runtime-cu12",
    );
    assert.equal(installCommand(['libcuda.so.1'], 13), undefined);
    assert.equal(installCommand([], 13), undefined);
    assert.equal(installCommand(['libcublas.so.13'], undefined), undefined);
  });

  it('is named for people', () => {
    assert.equal(shownLibrary('libcuda.so.1'), 'the NVIDIA driver (libcuda.so.1)');
    assert.equal(shownLibrary('libcudnn.so.9'), 'cuDNN (libcudnn.so.9)');
    assert.equal(shownLibrary('libcublas.so.13'), 'libcublas.so.13');
  });
});
